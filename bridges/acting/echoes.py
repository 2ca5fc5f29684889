"""Knows our own comments again when their webhooks bring them back, so that nobody reads them twice.

comment on its way? --> webhook first: held back until the answer, 10 s at most
its id, or its mark, or its very words --> an echo: the card may change, nothing is told
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridges.acting.accounts import Accounts
from bridges.acting.tray import ActionTray, ActState, Row, print_of
from bridges.casebook import CaseKey
from bridges.reader import Said
from bridges.readings import Activity

_HELD_MS = 10_000


@dataclass(frozen=True)
class Sifted:
    """What is left of deliveries without echoes, by case; *held*: until when (seconds since 1970)
    a case waits for an answer.
    """

    groups: Mapping[CaseKey, list[Said]]
    held: Mapping[CaseKey, float]


class Echoes:
    """Looks through deliveries before they are told."""

    def __init__(self, *, tray: ActionTray, accounts: Accounts) -> None:
        self._tray = tray
        self._accounts = accounts

    async def sift(self, groups: Mapping[CaseKey, list[Said]]) -> Sifted:
        """Return *groups* without what is our own."""
        talk = {key: list(_remarks(group)) for key, group in groups.items()}
        cases = [key for key, remarks in talk.items() if remarks]
        if not cases:
            return Sifted(groups, {})
        remotes = [one.remark for key in cases for _, one in talk[key]]
        prints = [print_of(one.text) for key in cases for _, one in talk[key]]
        rows = await self._tray.of_cases(cases, remotes, prints)
        if not rows:
            return Sifted(groups, {})
        ids = await self._accounts.ids([key[0] for key in cases])
        sifted, held = dict(groups), dict[CaseKey, float]()
        for key in cases:
            ours = [row for row in rows if (row.wanted.connection, row.wanted.case_id) == key]
            echoes = {one.key for _, one in talk[key] if any(_is_echo(one, row) for row in ours)}
            sifted[key] = [_without(said, echoes) for said in groups[key]]
            open_talk = [(said, one) for said, one in talk[key] if one.key not in echoes]
            if until := _held_until(open_talk, ours, ids.get(key[0], "")):
                held[key] = until
        return Sifted(sifted, held)


def is_same(text: str, row: Row) -> bool:
    """Tell whether a comment at the source is the one that *row* wants: by mark, else by words."""
    return row.wanted.mark in text or row.print == print_of(text)


def _remarks(group: Sequence[Said]) -> Iterable[tuple[Said, Activity]]:
    return ((said, one) for said in group for one in said.reading.activities if one.remark)


def _is_echo(activity: Activity, row: Row) -> bool:
    return activity.remark == row.remote or is_same(activity.text, row)


def _held_until(talk: Sequence[tuple[Said, Activity]], rows: Sequence[Row], account: str) -> float:
    """Return until when talk waits that may be ours, for the answer of what is under way."""
    if not any(row.state is ActState.SENDING for row in rows):
        return 0.0
    may = [said.received for said, one in talk if one.actor_id in {"", account}]
    until = max(may, default=0) + _HELD_MS
    return until / 1000 if may and until > time.time() * 1000 else 0.0


def _without(said: Said, echoes: set[str]) -> Said:
    rest = tuple(one for one in said.reading.activities if one.key not in echoes)
    if len(rest) == len(said.reading.activities):
        return said
    return replace(said, reading=replace(said.reading, activities=rest))
