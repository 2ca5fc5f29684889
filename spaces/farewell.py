"""What somebody is told who is taken out, or may do less than before: why, and what they keep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appservice.commands.letters import Letters
from appservice.ids import EventId, UserId
from appservice.languages import N_, Phrases
from spaces.membership import Because
from spaces.model import Group
from spaces.reasons import reason_told, short_reason
from spaces.roles import ROLE_NAMES
from spaces.vocabulary import Role

WHY: Mapping[Because, str] = {
    Because.EVERYONE: N_("This group is for everybody."),
    Because.RULE: N_("This group is for people like you, says the directory."),
    Because.ROLE: N_("You have a part in this group."),
    Because.NO_LONGER_MEANT: N_(
        "The directory no longer counts you among those whom this group is for. What you wrote "
        "stays, and you may ask to come back."
    ),
    Because.LEFT_ORGANIZATION: N_("You have left the organization. What you wrote stays."),
    Because.NO_GUESTS: N_("This group has no guests. What you wrote stays."),
}
"""What stands in the room itself beside an invitation or a removal."""

_LETTERS: Mapping[Because, str] = {
    Because.NO_LONGER_MEANT: N_(
        "You are no longer in “{group}”: the directory no longer counts you among those whom it is "
        "for. What you wrote stays there under your name, and your Matrix client keeps what you could "
        "read until now. You may ask an owner to come back."
    ),
    Because.NO_GUESTS: N_(
        "You are no longer in “{group}”: it has no guests, and the directory counts you as one. What "
        "you wrote stays there under your name, and your Matrix client keeps what you could read "
        "until now."
    ),
}
_OUT_BY = N_("{person} took you out of the group “{group}”.")
_BANNED = N_("You cannot come back until an owner lets you in.")
_MAY_ASK = N_("You may ask an owner to come back.")
_KEPT = N_(
    "What you wrote stays there under your name. Your account, your other groups, your direct "
    "conversations and what your Matrix client could read until now are yours as before."
)
_LOWER = N_(
    "{person} changed what you are in the group “{group}”: {old} until now, {new} from now on. You "
    "are still in it, and what you wrote stays."
)
_OUT_OF_POSTS = N_(
    "{person} took you out of the room for posts of the group “{group}”. You are still in the group."
)
_OUT_OF_CHAT = N_(
    "{person} took you out of the room for chat of the group “{group}”. You are still in the group."
)
_KEPT_INSIDE = N_("What you wrote stays there under your name, and nothing else changes for you.")
_MAY_COME = N_("You may join the room again from the group’s space; better ask them first.")
_OUT_OF_ALL = N_(
    "{person} took you out of “{organization}”, so you are no longer in any of its groups."
)
_LEFT_YOURSELF = N_("You left “{organization}”, so you are no longer in any of its groups.")
_KEPT_OUTSIDE = N_(
    "What you wrote stays there under your name. Your account, your direct conversations and what your "
    "Matrix client could read until now are yours as before."
)
_MAY_ASK_ADMIN = N_("If this is a mistake, tell an admin: you will be let in again.")
_MAY_RETURN = N_(
    "To come back, sign in to the pages or join the organization’s space again, and then the groups."
)
_LEFT = N_(
    "The directory no longer lists you in “{organization}”, so you are no longer in any of its groups. "
    "What you wrote stays there under your name. Your account, your direct conversations and what "
    "your Matrix client could read until now are yours as before. If this is a mistake, tell whoever "
    "keeps the directory: you will be let in again."
)


@dataclass(frozen=True)
class Removal:
    """Who was taken out, or left, by a person's word; *event_id* says so."""

    person: UserId
    by: UserId
    reason: str
    banned: bool
    event_id: EventId


class Farewell:
    """Writes to those who are taken out; once for each stay."""

    def __init__(self, *, letters: Letters, organization: str) -> None:
        self._letters = letters
        self._organization = organization

    async def from_group(
        self, group: Group, user_id: UserId, because: Because, *, stay: str
    ) -> None:
        """Tell why a group is over; *stay* is the event by which the person was in it."""
        text = _LETTERS.get(because)
        if text:
            name = group.name
            await self._letters.send(
                user_id, f"taken:{user_id}:{stay}", lambda words: words(text, group=name)
            )

    async def by_hand(self, group: Group, removal: Removal) -> None:
        """Tell who took a person out of a group, and why if they said so."""

        def first(words: Phrases) -> str:
            return words(_OUT_BY, person=removal.by, group=group.name)

        await self._removed(removal, first, kept=_KEPT, back=_MAY_ASK)

    async def from_room(self, group: Group, removal: Removal, *, chat: bool) -> None:
        """Tell the same of one room of a group in which the person still is."""
        text = _OUT_OF_CHAT if chat else _OUT_OF_POSTS

        def first(words: Phrases) -> str:
            return words(text, person=removal.by, group=group.name)

        await self._removed(removal, first, kept=_KEPT_INSIDE, back=_MAY_COME)

    async def from_organization_by(self, removal: Removal) -> None:
        """Tell why all groups are over for who left the organization, or was taken out of it by hand."""
        by_themselves = removal.by == removal.person
        text = _LEFT_YOURSELF if by_themselves else _OUT_OF_ALL

        def first(words: Phrases) -> str:
            return words(text, person=removal.by, organization=self._organization)

        back = _MAY_RETURN if by_themselves else _MAY_ASK_ADMIN
        await self._removed(removal, first, kept=_KEPT_OUTSIDE, back=back)

    async def _removed(
        self, removal: Removal, first: Callable[[Phrases], str], *, kept: str, back: str
    ) -> None:
        reason = short_reason(removal.reason)

        def say(words: Phrases) -> str:
            last = words(_BANNED if removal.banned else back)
            return " ".join([first(words), *reason_told(reason, words), words(kept), last])

        await self._letters.send(removal.person, f"taken:{removal.person}:{removal.event_id}", say)

    async def lower(
        self, group: Group, user_id: UserId, old: Role, new: Role, *, by: UserId, asked: str
    ) -> None:
        """Tell that a person may do less in a group from now on; *asked* names the request."""

        def say(words: Phrases) -> str:
            parts = {"old": words(ROLE_NAMES[old]), "new": words(ROLE_NAMES[new])}
            return words(_LOWER, person=by, group=group.name, **parts)

        await self._letters.send(user_id, f"lower:{user_id}:{asked}", say)

    async def from_organization(self, user_id: UserId, *, stay: str) -> None:
        """Tell why all of the organization is over."""
        name = self._organization
        await self._letters.send(
            user_id, f"taken:{user_id}:{stay}", lambda words: words(_LEFT, organization=name)
        )
