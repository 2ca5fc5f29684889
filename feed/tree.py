"""The directory's order: landmarks on top, living groups by kind, each group's own groups below it.

Read from top to bottom it is the order in which a client walks the spaces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from feed.model import GroupView

LANDMARKS = ""
"""Stands for a kind over the groups that the admins put on top."""


@dataclass(frozen=True)
class Branch:
    """A group with those below it that the viewer may know of."""

    group: GroupView
    below: tuple["Branch", ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading's worth of branches: those of one *kind*, or LANDMARKS."""

    kind: str
    branches: tuple[Branch, ...]


def sections(groups: Sequence[GroupView]) -> tuple[Section, ...]:
    """Return *groups*, which stand in their order, as the directory shows them."""
    known = {group.uuid for group in groups}
    tops = [group for group in groups if group.parent not in known]
    return tuple(
        Section(kind, tuple(_branch(group, groups) for group in together))
        for kind, together in groupby(tops, key=_heading)
    )


def below(group: GroupView, groups: Sequence[GroupView]) -> tuple[GroupView, ...]:
    """Return the groups among *groups* that hang below *group*."""
    return tuple(one for one in groups if one.parent == group.uuid)


def above(group: GroupView, groups: Sequence[GroupView]) -> GroupView | None:
    """Return the group that *group* hangs below, if it is among *groups*."""
    return next((one for one in groups if one.uuid == group.parent), None)


def _branch(group: GroupView, groups: Sequence[GroupView], depth: int = 0) -> Branch:
    # A circle can only come from state that was written by hand; it must not hang the page.
    if depth > len(groups):
        return Branch(group)
    return Branch(group, tuple(_branch(one, groups, depth + 1) for one in below(group, groups)))


def _heading(group: GroupView) -> str:
    return LANDMARKS if group.landmark else group.kind
