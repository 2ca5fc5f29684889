"""The same things happen, and are told as a card, as a thread, or flat."""

from collections import Counter
from dataclasses import replace

import pytest

from appservice.ids import EventId
from appservice.languages import Language, phrases
from bridges.casebook import KnownCase
from bridges.discovery import apps
from bridges.options import Mode, Options
from bridges.reader import Said
from bridges.readings import Activity, Card, Field, Importance, Reading, State, StateClass
from bridges.telling import tell
from tests.harness.connections import connection_with

_OPEN, _DONE = State("Open", StateClass.OPEN), State("Merged", StateClass.DONE)
_GITHUB = apps()["github"]


_HOUR = 3600 * 1000


def _reading(at: int, verb: str, importance: Importance, **card: object) -> Reading:
    given = {"case": "1", "noun": "Issue", "title": "Écran noir", "number": "#1", "state": _OPEN}
    step = Activity(str(at), verb, actor="ana", at=at, importance=importance)
    name = verb.split()[1] if verb else "changed"
    return Reading(f"issues.{name}", Card(updated=at, **{**given, **card}), (step,))


_LIFE = (
    _reading(1, "{actor} opened this issue", Importance.LOUD),
    _reading(2, "{actor} added the label {label}", Importance.QUIET, labels=("bug",)),
    _reading(3, "{actor} commented", Importance.NORMAL),
    _reading(4, "{actor} closed this issue", Importance.LOUD, state=_DONE),
    _reading(5, "", Importance.QUIET, fields=(Field("Author", "jo"),)),
    _reading(6, "{actor} deleted this issue", Importance.LOUD, state=_DONE, deleted=True),
)
"""Opened, labelled, commented, closed, changed in a way that may not be told, deleted."""


def _lived(
    modes: dict[int, Mode],
    *,
    crowded: tuple[int, ...] = (),
    broadcast: tuple[str, ...] = (),
    pause: int = 0,
):
    """Return what is said and known after a life in which *modes* held from a step on.

    *pause*: milliseconds between two steps.
    """
    known, rows, mode = None, [], Mode.CARD
    for number, reading in enumerate(_LIFE):
        mode = modes.get(number, mode)
        at, options = reading.card.updated + number * pause, Options(mode=mode, broadcast=broadcast)
        said = Said(number, at, connection_with(options), _GITHUB, reading)
        told = tell(
            [said], known, (), phrases(Language.EN), crowded=number in crowded, via="parvis.test"
        )
        rows += told.rows
        announced = at if told.announced else known.announced if known else 0
        root = EventId("$card" if told.shown else "")
        known = KnownCase(told.case, told.shown, 0, 0, False, at, 0, root, announced)
    return rows, known


def _kinds(rows) -> Counter[str]:
    return Counter(row.key.partition(":")[0] for row in rows)


@pytest.mark.parametrize(
    ("modes", "counts"),
    [
        ({}, {"card": 1, "edit": 4, "step": 4}),
        ({0: Mode.THREAD}, {"card": 1, "edit": 1, "step": 5}),
        ({0: Mode.FLAT}, {"flat": 5}),
        ({3: Mode.FLAT}, {"card": 1, "edit": 1, "step": 2, "flat": 2}),
        ({0: Mode.FLAT, 3: Mode.CARD}, {"flat": 3, "card": 1, "edit": 2, "step": 2}),
        ({0: Mode.THREAD, 4: Mode.CARD}, {"card": 1, "edit": 2, "step": 5}),
    ],
)
def test_each_mode_says_as_much_as_was_counted_by_hand(modes, counts):
    assert _kinds(_lived(modes)[0]) == counts


@pytest.mark.parametrize(
    ("modes", "broadcast", "pause", "lines"),
    [
        # Opening is the card itself; closing and deleting are loud, an hour or no hour apart.
        ({}, (), _HOUR, []),
        ({}, ("*",), _HOUR, ["closed", "deleted"]),
        ({}, ("*",), 1, ["closed"]),
        ({}, ("issues.deleted",), 1, ["deleted"]),
        ({}, ("issues.closed", "issues.commented"), _HOUR, ["closed"]),
        ({}, ("pull_request.*",), _HOUR, []),
        ({0: Mode.THREAD}, ("issues.*",), _HOUR, ["closed", "deleted"]),
        ({0: Mode.FLAT}, ("issues.*",), _HOUR, []),
        ({4: Mode.FLAT}, ("issues.*",), _HOUR, ["closed"]),
    ],
)
def test_a_loud_change_that_is_asked_for_is_also_a_line_in_the_room_once_an_hour(
    modes, broadcast, pause, lines
):
    without, _ = _lived(modes)
    rows, _ = _lived(modes, broadcast=broadcast, pause=pause)
    said = [row.content["body"] for row in rows if row.key.startswith("loud:")]

    assert [body.split(": ana ")[1].split()[0] for body in said] == lines
    assert len(rows) == len(without) + len(lines)


def test_nothing_is_broadcast_while_digests_must_do():
    rows, _ = _lived({}, broadcast=("*",), pause=_HOUR, crowded=(3, 5))

    assert _kinds(rows)["loud"] == 0


def test_the_line_leads_to_the_card():
    rows, _ = _lived({}, broadcast=("issues.closed",))
    (line,) = [row.content for row in rows if row.key.startswith("loud:")]
    link = "https://matrix.to/#/%21room%3Aparvis.test/%24card?via=parvis.test"

    assert line["body"] == f"Écran noir #1: ana closed this issue {link}"
    assert line["formatted_body"] == f'<a href="{link}">Écran noir #1</a>: ana closed this issue'
    assert line["org.parvis.card"]["told_in"] == "$card"
    assert line["msgtype"] == "m.notice"
    assert "m.relates_to" not in line


def test_a_post_that_stands_alone_names_its_case_and_its_state():
    rows, _ = _lived({0: Mode.FLAT})
    closed = rows[3].content

    assert closed["body"] == "Écran noir #1\nana closed this issue"
    assert closed["formatted_body"].startswith("<p><strong>Écran noir #1</strong></p>")
    assert closed["org.parvis.card"]["state"] == {"word": "Merged", "class": "done"}
    assert "m.relates_to" not in closed


def test_only_a_card_that_is_kept_up_waits_behind_a_digest():
    behind = {}
    for mode in Mode:
        _, known = _lived({0: mode}, crowded=(5,))
        said = Said(
            9, 9, connection_with(Options(mode=mode)), _GITHUB, replace(_LIFE[5], activities=())
        )
        again = replace(known, shown=known.shown and "older")
        told = tell([said], again, (), phrases(Language.EN), crowded=True)
        behind[mode] = told.behind

    assert behind == {Mode.CARD: True, Mode.THREAD: False, Mode.FLAT: False}
