"""Commands that list and show groups. They return facts; `replies` has the words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from appservice.commands.grammar import Command, Request
from appservice.ids import RoomId
from appservice.languages import N_
from spaces.commands.asking import HERE, Asking
from spaces.directory import Directory
from spaces.members import Members, Person
from spaces.model import Group
from spaces.reconcile import Reconciler

AppsIn: TypeAlias = Callable[[RoomId], Awaitable[frozenset[str]]]
"""Says which apps feed a room; the roof wires it to bridges."""


@dataclass(frozen=True)
class GroupList:
    """The groups that the asker, and all who read along, may know of."""

    groups: tuple[Group, ...]


@dataclass(frozen=True)
class GroupShown:
    """One group; *people* only where all who read the answer may know who is in it."""

    group: Group
    people: tuple[Person, ...] | None
    missing: tuple[str, ...] = ()
    """Classes of sources of which each should feed the group, and none does; for the same readers."""


class GroupCommands:
    """The executors."""

    def __init__(
        self,
        *,
        asking: Asking,
        directory: Directory,
        members: Members,
        reconciler: Reconciler,
        apps_in: AppsIn,
    ) -> None:
        self._apps_in = apps_in
        self._asking = asking
        self._directory = directory
        self._members = members
        self._reconciler = reconciler

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        return (
            Command(("group", "list"), N_("List the groups"), self.list),
            Command(("group", "show"), N_("Show a group"), self.show, (HERE,)),
        )

    async def list(self, request: Request) -> GroupList:
        """List what the asker may know of."""
        visible = await self._directory.visible_in(request.room_id, request.sender)
        order = self._reconciler.house.order
        return GroupList(tuple(sorted(visible, key=lambda group: order(group.declaration))))

    async def show(self, request: Request) -> GroupShown:
        """Show one group, with its people where they may be seen."""
        group = await self._asking.group(request)
        if not await self._asking.may_see_people(request, group):
            return GroupShown(group, None)
        people = tuple(await self._members.people(group))
        return GroupShown(group, people, await self._missing(group))

    async def _missing(self, group: Group) -> tuple[str, ...]:
        """Return which classes of sources the kind asks for and nothing feeds yet."""
        kind = self._reconciler.house.kinds.get(group.declaration.kind)
        if kind is None or not kind.needs:
            return ()
        return kind.missing(await self._apps_in(group.posts_id))
