"""The command that shows a group's post in the group above it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from appservice.commands.grammar import Command, Parameter, Request
from appservice.commands.replies import Reply, quoted
from appservice.errors import CommandError, Forbidden, NotFound, NotPermitted
from appservice.ids import EventId, RoomId
from appservice.languages import N_, Phrases
from spaces.directory import Directory
from spaces.model import Group
from spaces.references import Gist, References
from spaces.roles import posting_level
from spaces.store import GroupStore
from spaces.vocabulary import Access

_YES = "yes"

RoomOf = Callable[[EventId], Awaitable[RoomId | None]]
"""Finds the room in which a post stands."""


@dataclass(frozen=True)
class Lifted:
    """A post of *child* is shown in *parent*, as *gist* says."""

    child: Group
    parent: Group
    gist: Gist


class LiftCommands:
    """The executor."""

    def __init__(
        self,
        *,
        directory: Directory,
        groups: GroupStore,
        references: References,
        room_of: RoomOf,
    ) -> None:
        self._directory = directory
        self._groups = groups
        self._references = references
        self._room_of = room_of

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        return (
            Command(
                ("lift",),
                N_(
                    "Show a post in the group above: title and summary for those outside, one thread"
                ),
                self.lift,
                (
                    Parameter("post", N_("its address, or its event id")),
                    Parameter(
                        "openly",
                        N_("yes, to show what a private or secret group wrote"),
                        required=False,
                        choices=(_YES,),
                    ),
                ),
            ),
        )

    async def lift(self, request: Request) -> Lifted:
        """Refer to a post in the parent's feed."""
        event_id = _event_named(request.argument("post"))
        child = await self._child(event_id, request)
        parent = await self._groups.by_uuid(child.declaration.parent)
        if parent is None:
            raise CommandError(N_("“{group}” stands below no other group."), group=child.name)
        await self._check(child, parent, request)
        gist = await self._gist(child, event_id)
        await self._references.refer(event_id, gist, child, parent)
        return Lifted(child, parent, gist)

    async def _child(self, event_id: EventId, request: Request) -> Group:
        """Return the group whose post it is, if the asker reads there; anything else is unknown."""
        room_id = await self._room_of(event_id)
        group = await self._groups.by_room(room_id) if room_id else None
        if group is None or not await self._directory.is_member(request.sender, group):
            raise CommandError(N_("I know of no such post."))
        shown = group.declaration.access is Access.OPEN
        # The answer names the post: where others read along, there is none.
        if not shown and not await self._directory.only_members_read(request.room_id, group):
            raise CommandError(N_("I know of no such post."))
        return group

    async def _check(self, child: Group, parent: Group, request: Request) -> None:
        if not await self._directory.is_member(request.sender, parent):
            raise NotPermitted(N_("You are not in “{group}”."), group=parent.name)
        level = await self._directory.level(request.sender, parent.posts_id)
        if level < posting_level(parent.declaration.posting) or parent.declaration.archived:
            raise NotPermitted(N_("You may not post in “{group}”."), group=parent.name)
        if child.declaration.access is Access.OPEN:
            return
        if not await self._directory.may_manage(request.sender, child.posts_id):
            raise NotPermitted(N_("Only owners of “{group}” may do this."), group=child.name)
        if request.argument("openly") != _YES:
            raise CommandError(
                N_(
                    "“{group}” is not open to all: title and summary would be read by everybody in "
                    "“{parent}”. If that is meant, add `openly=yes`."
                ),
                group=child.name,
                parent=parent.name,
            )

    async def _gist(self, child: Group, event_id: EventId) -> Gist:
        try:
            return await self._references.gist(child.posts_id, event_id)
        except (Forbidden, NotFound):
            raise CommandError(N_("I know of no such post.")) from None


def _event_named(text: str) -> EventId:
    """Return the event that an id, a page's address or a matrix.to link names."""
    last = unquote(text.strip()).partition("?")[0].rstrip("/").rpartition("/")[2]
    return EventId(last if last.startswith("$") else f"${last}")


def _lifted(fact: Lifted, words: Phrases) -> str:
    return words(
        N_("“{title}” is shown in **{parent}**; what is said about it stays in **{child}**."),
        title=quoted(fact.gist.title),
        parent=quoted(fact.parent.name),
        child=quoted(fact.child.name),
    )


LIFT_REPLIES: Mapping[type, Reply] = {Lifted: _lifted}
