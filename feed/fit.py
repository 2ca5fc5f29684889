"""Why a group that one is not in may be for oneself, from what one may know already.

its rule means the reader              --> what of the reader it names
the reader is in a group below it      --> that group
people of the reader's groups are in   --> how many, of open groups alone
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appservice.database import Database
from appservice.ids import RoomId, UserId
from feed.model import Access, GroupView, Viewer
from feed.store import FeedStore


@dataclass(frozen=True)
class Fit:
    """Reasons, of which at least one is there."""

    meant: tuple[str, ...] = ()
    """What the rule names of the reader, as the directory of people writes it."""
    above: str = ""
    """A group below it, in which the reader is."""
    met: int = 0
    """How many people of the reader's groups are in it."""


class Colleagues:
    """Counts whom a person would meet again."""

    def __init__(self, *, database: Database, store: FeedStore, silent: frozenset[UserId]) -> None:
        """*silent* accounts are not counted as people."""
        self._database = database
        self._store = store
        self._silent = silent

    async def met_in(
        self, groups: Sequence[GroupView], viewer: Viewer, *, crowds: Collection[str]
    ) -> Mapping[RoomId, int]:
        """Return by space, of the open ones of *groups*, how many people of the viewer's are in it.

        Who is met in a group of one of the kinds *crowds* alone says nothing: everybody is there.
        One question, however many groups there are.
        """
        own = [one.space_id for one in groups if one.joined and one.kind not in crowds]
        others = [one.space_id for one in groups if may_fit(one) and one.access is Access.OPEN]
        if not (own and others):
            return {}
        members = self._store.tables.members.c
        met = (
            sa.select(members.user_id)
            .where(members.room_id.in_(own), members.membership == "join")
            .where(members.user_id.not_in({*self._silent, viewer.user_id}))
        )
        # As an expression, or SQLite would look each of them up in each of the groups.
        user_id = members.user_id.concat("")
        rows = await self._database.read(
            sa.select(members.room_id, sa.func.count().label("people"))
            .where(members.room_id.in_(others), members.membership == "join")
            .where(user_id.in_(met))
            .group_by(members.room_id)
        )
        return {RoomId(row.room_id): int(row.people) for row in rows}


def may_fit(group: GroupView) -> bool:
    """Tell whether a group could be one to join."""
    return not (group.joined or group.archived)


def fits(
    groups: Sequence[GroupView],
    meant: Mapping[str, tuple[str, ...]],
    met: Mapping[RoomId, int],
) -> Mapping[str, Fit]:
    """Return the reasons by uuid, for those of *groups* that have any.

    *meant* says by uuid what rules name of the reader, *met* by space whom they would meet again.
    """
    below = {one.parent: one.name for one in reversed(groups) if one.joined and one.parent}
    found = {
        one.uuid: Fit(meant.get(one.uuid, ()), below.get(one.uuid, ""), met.get(one.space_id, 0))
        for one in groups
        if may_fit(one)
    }
    return {uuid: fit for uuid, fit in found.items() if fit != Fit()}
