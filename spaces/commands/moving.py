"""Commands that change the rooms of a group: taken over from elsewhere, or upgraded."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from spaces.adopting import Adopted, Adoption
from spaces.commands.asking import CONFIRM, GROUP, Asking
from spaces.model import Group
from spaces.succession import Succession
from spaces.vocabulary import Part


@dataclass(frozen=True)
class Upgraded:
    """All rooms of a group go on in new ones."""

    group: Group
    version: str


class MovingCommands:
    """The executors."""

    def __init__(self, *, asking: Asking, adoption: Adoption, succession: Succession) -> None:
        self._asking = asking
        self._adoption = adoption
        self._succession = succession

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        room = Parameter("room", N_("its alias, like #room:example.org, or its id"))
        kind = Parameter(
            "as",
            N_("what it becomes; posts, if left out"),
            required=False,
            choices=(Part.POSTS.value, Part.CHAT.value),
        )
        confirm = Parameter(
            CONFIRM,
            N_("in new rooms once more, where it was upgraded to that version already"),
            required=False,
            choices=(CONFIRM,),
            named=lambda _one, words: words(N_("once more")),
        )
        return (
            Command(
                ("group", "adopt"),
                N_("Take an existing room or space into a group, with its people and history"),
                self.adopt,
                (GROUP, room, kind),
                resumed=True,
            ),
            Command(
                ("group", "upgrade"),
                N_(
                    "Have all rooms of a group go on in new ones, of the version that the config names"
                ),
                self.upgrade,
                (GROUP, confirm),
                Audience.ADMINS,
                resumed=True,
            ),
        )

    async def adopt(self, request: Request) -> Adopted:
        """Take a room or space over, if the asker decides in it and owns the group."""
        group = await self._asking.managed(request)
        part = Part(request.argument("as") or Part.POSTS.value)
        return await self._adoption.adopt(group, request.argument("room"), part, request.sender)

    async def upgrade(self, request: Request) -> Upgraded:
        """Move a group to new rooms, as an admin."""
        group = await self._asking.group(request)
        again = request.argument(CONFIRM) == CONFIRM
        moved = await self._succession.upgrade(group, asked=request.event_id, again=again)
        return Upgraded(moved, self._succession.version)


def _adopted(fact: Adopted, words: Phrases) -> str:
    said = words(
        N_("The room is part of **{name}** now, with its history. People who came with it: {n}."),
        name=quoted(fact.group.name),
        n=fact.people,
    )
    if fact.space:
        said = words(
            N_(
                "The space goes on in **{name}**. People who are invited: {people}. Rooms that are "
                "linked below it: {linked}; take one over with `group adopt {slug} ROOM`."
            ),
            name=quoted(fact.group.name),
            people=fact.people,
            linked=fact.linked,
            slug=fact.group.slug,
        )
    return said


def _upgraded(fact: Upgraded, words: Phrases) -> str:
    return words(
        N_(
            "**{name}** goes on in new rooms of version {version}. Everybody is invited; what was "
            "written stays in the feed."
        ),
        name=quoted(fact.group.name),
        version=fact.version,
    )


MOVING_REPLIES: Mapping[type, Reply] = {Adopted: _adopted, Upgraded: _upgraded}
