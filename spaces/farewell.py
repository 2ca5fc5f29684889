"""What somebody is told whom the plan takes out: why, and what they keep."""

from collections.abc import Mapping

from appservice.commands.letters import Letters
from appservice.ids import UserId
from appservice.languages import N_
from spaces.membership import Because
from spaces.model import Group

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
_LEFT = N_(
    "The directory no longer lists you in “{organization}”, so you are no longer in any of its groups. "
    "What you wrote stays there under your name. Your account, your direct conversations and what "
    "your Matrix client could read until now are yours as before. If this is a mistake, tell whoever "
    "keeps the directory: you will be let in again."
)


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

    async def from_organization(self, user_id: UserId, *, stay: str) -> None:
        """Tell why all of the organization is over."""
        name = self._organization
        await self._letters.send(
            user_id, f"taken:{user_id}:{stay}", lambda words: words(_LEFT, organization=name)
        )
