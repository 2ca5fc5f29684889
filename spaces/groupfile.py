"""Groups from a file and back: what `parvis apply` and `parvis export` do.

Safe to interrupt at any point and to repeat: a group is known by its uuid, which the file's slug
makes, and stands in our table only once all of its rooms do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from appservice.errors import CommandError
from appservice.ids import UserId
from spaces.applying import Applying, Change, sheet_of
from spaces.members import Members
from spaces.model import Group
from spaces.reconcile import Reconciler
from spaces.sheet import ConnectionSheet, Sheet, read_sheet, write_sheet
from spaces.store import GroupStore
from spaces.vocabulary import Access

_AT_ONCE = 4

Connected: TypeAlias = Callable[[Group], Awaitable[tuple[ConnectionSheet, ...]]]
"""Says what feeds a group; the roof hands in what bridges know."""


class GroupFile:
    """Reads and writes whole organizations."""

    def __init__(
        self,
        *,
        applying: Applying,
        groups: GroupStore,
        members: Members,
        reconciler: Reconciler,
        server_name: str,
    ) -> None:
        self._applying = applying
        self._groups = groups
        self._members = members
        self._reconciler = reconciler
        self._server_name = server_name

    async def changes(self, text: str) -> Sequence[Change]:
        """Return what the file *text* would change, parents first; raise Unreadable for faults."""
        return await self.changes_of(read_sheet(text))

    async def changes_of(self, sheet: Sheet) -> Sequence[Change]:
        """Return the same of a file that was read."""
        found = self._applying.changes(sheet, await self._groups.all())
        return [change for change in found if change.needed]

    async def standing(self, sheet: Sheet) -> Mapping[str, Group]:
        """Return the groups that *sheet* names, as far as they stand, by what it calls them."""
        groups = await self._groups.all()
        known = {group.slug: group.declaration for group in groups}
        by_uuid = {group.declaration.uuid: group for group in groups}
        uuids = self._applying.uuids(sheet, known)
        return {slug: by_uuid[uuid] for slug, uuid in uuids.items() if uuid in by_uuid}

    async def carry_out(
        self, changes: Sequence[Change], progress: Callable[[int, int], None]
    ) -> None:
        """Make *changes* true; groups that hang below others wait for those."""
        done = 0
        progress(done, len(changes))
        for layer in _layers(changes):
            for start in range(0, len(layer), _AT_ONCE):
                few = layer[start : start + _AT_ONCE]
                await asyncio.gather(*(self._make(change) for change in few))
                done += len(few)
                progress(done, len(changes))

    async def export(self, connections: Connected | None = None) -> str:
        """Return a file that declares every group but the secret ones, with its *connections*."""
        feeding = connections or _of_none
        groups = [
            group
            for group in await self._groups.all()
            if group.declaration.access is not Access.SECRET
        ]
        order = self._reconciler.house.order
        slugs = {group.declaration.uuid: group.slug for group in groups}
        return write_sheet(
            [
                sheet_of(
                    group.declaration,
                    parent=slugs.get(group.declaration.parent, ""),
                    server_name=self._server_name,
                    connections=await feeding(group),
                )
                for group in sorted(groups, key=lambda group: order(group.declaration))
            ]
        )

    async def _make(self, change: Change) -> None:
        group = await self._reconciler.ensure(change.after)
        had = dict(change.before.roles) if change.before else {}
        for user_id in dict(change.after.roles):
            if user_id not in had:
                await self._invite(group, user_id)

    async def _invite(self, group: Group, user_id: UserId) -> None:
        """Invite who got a role; an account that does not exist yet is invited by a later pass."""
        if await self._members.exists(user_id):
            try:
                await self._members.invite(group, user_id)
            except CommandError:
                return  # Banned by hand; the declaration gives no right to come back.


async def _of_none(_group: Group) -> tuple[ConnectionSheet, ...]:
    return ()


def _layers(changes: Sequence[Change]) -> list[list[Change]]:
    """Return *changes* in layers, of which each waits for the one before it only."""
    uuids = {change.after.uuid for change in changes}
    depth: dict[str, int] = {}
    layers: list[list[Change]] = []
    for change in changes:
        parent = change.after.parent
        level = depth[parent] + 1 if parent in uuids and parent in depth else 0
        depth[change.after.uuid] = level
        while len(layers) <= level:
            layers.append([])
        layers[level].append(change)
    return layers
