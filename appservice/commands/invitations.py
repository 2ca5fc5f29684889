"""Invitations of the bot: noted in a row, accepted beside dispatch.

    invitation --> row (COMMIT) --> dispatch goes on with the room's other events
    row --> join --> note whether it is encrypted --> walk --> row gone

A join takes as long as the slowest server of a room, which whoever invites us may choose: one at a
time of each person, so that nobody's holds up another's. What is cut off is done at the next start.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from appservice.account import Account
from appservice.commands.requests import RequestStore
from appservice.database import KEPT, Change, Database, insert_new, metadata
from appservice.errors import HomeserverError, RateLimited, Unreachable
from appservice.events import ENCRYPTION
from appservice.ids import RoomId, UserId

_AT_ONCE = 8
_PAUSE = 10.0
"""Seconds until what could not be done is tried again."""

invitations_table = sa.Table(
    "invitations",
    metadata,
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("direct", sa.Boolean, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    info=KEPT,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Invitation:
    """Somebody wants the bot in a room; *direct*: to talk with it."""

    room_id: RoomId
    sender: UserId
    direct: bool


class Invitations:
    """Accepts what `note` was told; `accept_for_ever` is the work."""

    def __init__(
        self,
        *,
        bot: Account,
        database: Database,
        requests: RequestStore,
        walk: Callable[[RoomId], Awaitable[None]],
    ) -> None:
        """*walk* reads what a room holds that no push brought."""
        self._bot = bot
        self._database = database
        self._requests = requests
        self._walk = walk
        self._wake = asyncio.Event()
        self._under_way: dict[UserId, asyncio.Task[None]] = {}

    async def note(self, invitation: Invitation) -> None:
        """Commit an invitation."""
        if invitation.direct:
            # Before we are in: the first line that is written there must count as one to us.
            await self._requests.note_direct(invitation.room_id, invitation.sender, encrypted=False)
        row = {
            "room_id": invitation.room_id,
            "sender": invitation.sender,
            "direct": invitation.direct,
            "received": int(time.time() * 1000),
        }
        await self._database.write(Change(_new_invitation, (row,)))
        self._wake.set()

    async def accept_for_ever(self) -> None:
        """Accept what waits from before, and then whatever is noted."""
        self._wake.set()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for invitation in await self._waiting():
                    self._begin(invitation)
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _begin(self, invitation: Invitation) -> None:
        sender = invitation.sender
        if sender in self._under_way or len(self._under_way) >= _AT_ONCE:
            return  # Its turn comes when one of these has ended.
        task = asyncio.create_task(self._accept(invitation), name="invitation")
        self._under_way[sender] = task
        task.add_done_callback(lambda _: self._ended(sender))

    def _ended(self, sender: UserId) -> None:
        del self._under_way[sender]
        self._wake.set()

    async def _accept(self, invitation: Invitation) -> None:
        try:
            await self._enter(invitation)
        except (Unreachable, RateLimited) as error:
            log.info("an invitation waits", room=invitation.room_id, error=str(error))
            await asyncio.sleep(_PAUSE)
            return
        except HomeserverError as error:
            log.info("invitation not accepted", room=invitation.room_id, error=str(error))
        gone = sa.delete(invitations_table).where(invitations_table.c.room_id == invitation.room_id)
        await self._database.write(Change(gone))

    async def _enter(self, invitation: Invitation) -> None:
        room_id = invitation.room_id
        await self._bot.join(room_id)
        if invitation.direct:
            sealed = await self._bot.state_content(room_id, ENCRYPTION) is not None
            await self._requests.note_direct(room_id, invitation.sender, encrypted=sealed)
        # Who invites us may write at once: what came before we were in is pushed to nobody.
        await self._walk(room_id)

    async def _waiting(self) -> Sequence[Invitation]:
        rows = await self._database.read(
            sa.select(invitations_table).order_by(invitations_table.c.received)
        )
        return [
            Invitation(RoomId(row.room_id), UserId(row.sender), bool(row.direct)) for row in rows
        ]


_new_invitation = insert_new(invitations_table)
