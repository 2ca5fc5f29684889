"""Tells who changed a group's rooms by another way that it was taken back, and how it is done.

One letter for each kind of change and person, with the command that does it for good; a client
that tries again every night is not written to every night.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from appservice.commands.letters import Letters
from appservice.errors import HomeserverError
from appservice.ids import UserId
from appservice.languages import N_, Phrases
from appservice.payload import Payload
from spaces.actual import RoomState
from spaces.model import ROLES_EVENT, Declaration
from spaces.rooms import TOMBSTONE, StateItem

_LONGEST = 200

_TAKEN_BACK = N_(
    "You changed {what} of a room of “{group}”. I have set it back to what the group declares, which "
    "holds for all of its rooms."
)
_BY_COMMAND = N_("To change it for good, write this to me: {command}")
_BY_NOTHING = N_("It follows from what the group is; ask an admin if that should change.")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Way:
    """What somebody changed, and how it is changed for good.

    In *command*, {slug} is the group's address and {said} what they wanted to say.
    """

    what: str
    command: str = ""
    field: str = ""
    """Where their own words stand in the event."""


_WAYS: Mapping[str, _Way] = {
    "m.room.topic": _Way(N_("the topic"), 'group charter {slug} "{said}"', "topic"),
    "m.room.name": _Way(N_("the name"), 'group rename {slug} "{said}"', "name"),
    "m.room.power_levels": _Way(N_("the levels"), "member add {slug} @… moderator"),
    ROLES_EVENT: _Way(N_("the roles"), "member add {slug} @… moderator"),
    "m.space.parent": _Way(N_("the place"), "group parent {slug} …"),
    TOMBSTONE: _Way(N_("the successor"), "group upgrade {slug}"),
}
_OTHERWISE = _Way(N_("a setting"))


@dataclass(frozen=True)
class Drift:
    """A state event of a room that somebody else than the bot set, and that is set back."""

    type: str
    sender: UserId
    content: Payload


def drifts(actual: RoomState, items: Sequence[StateItem], *, bot: UserId) -> Sequence[Drift]:
    """Return what of a room somebody else set, of the *items* that are about to be set back."""
    found = []
    for item in items:
        sender = actual.senders.get((item.type, item.state_key))
        if sender and sender != bot:
            said = actual.state(item.type, item.state_key) or Payload()
            found.append(Drift(item.type, sender, said))
    return found


class Explaining:
    """Writes to those who changed something by another way."""

    def __init__(self, *, letters: Letters) -> None:
        self._letters = letters

    async def tell(self, group: Declaration, found: Sequence[Drift]) -> None:
        """Tell each sender; that nobody can be told keeps nothing from being set back."""
        for drift in found:
            way = _WAYS.get(drift.type, _OTHERWISE)
            key = f"drift:{way.what}:{drift.sender}"

            def say(words: Phrases, drift: Drift = drift, way: _Way = way) -> str:
                return _told(group, drift, way, words)

            try:
                await self._letters.send(drift.sender, key, say)
            except HomeserverError as error:
                log.warning("a drift is not explained", user=drift.sender, error=str(error))


def _told(group: Declaration, drift: Drift, way: _Way, words: Phrases) -> str:
    taken = words(_TAKEN_BACK, what=words(way.what), group=group.name)
    if not way.command:
        return f"{taken} {words(_BY_NOTHING)}"
    # Within quotation marks a command holds any words but those marks.
    said = drift.content.text(way.field) if way.field else ""
    said = " ".join(said.replace('"', "”").split())[:_LONGEST] or "…"
    command = way.command.replace("{slug}", group.slug).replace("{said}", said)
    return f"{taken} {words(_BY_COMMAND, command=command)}"
