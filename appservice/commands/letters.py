"""Says one thing to one person in their direct conversation with the bot, once for each key."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from appservice.commands.requests import RequestStore
from appservice.errors import HomeserverError, RateLimited, Unreachable
from appservice.ids import RoomId, UserId
from appservice.languages import Language, Phrases, phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing

log = structlog.get_logger(__name__)


class Letters:
    """Writes to people who did not ask; the outbox row's key remembers what they were told."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        requests: RequestStore,
        room_of: Callable[[UserId], Awaitable[RoomId]],
        default_language: Language,
    ) -> None:
        """*room_of* finds a person's direct room, or makes one."""
        self._outbox = outbox
        self._requests = requests
        self._room_of = room_of
        self._default_language = default_language

    async def send(
        self,
        user_id: UserId,
        key: str,
        say: Callable[[Phrases], str],
        *,
        more: Mapping[str, object] | None = None,
    ) -> bool:
        """Tell a person what *say* says in their language; return False if they cannot be reached.

        *more* are further fields of the content, by which an answer is known again.
        """
        if await self._outbox.row(key):
            return True
        try:
            room_id = await self._room_of(user_id)
        except (Unreachable, RateLimited):
            raise
        except HomeserverError as error:
            log.warning("a person cannot be told", user=user_id, error=str(error))
            return False
        words = phrases(await self._requests.language_of(user_id) or self._default_language)
        content = {"msgtype": "m.notice", "body": say(words), "m.mentions": {}, **(more or {})}
        await self._outbox.enqueue(Outgoing(key=key, room_id=room_id, content=content))
        return True
