"""What an owner leaves out of a connection is neither told nor kept."""

from dataclasses import replace

import pytest

from appservice.languages import Language, phrases
from bridges.base import App, Event
from bridges.cases import Case
from bridges.discovery import apps
from bridges.filters import known_labels, trimmed, withheld
from bridges.listed import Part
from bridges.options import Options, decode, encode
from bridges.reader import Said
from bridges.readings import Activity, Card, Field, Importance, Reading, Secrecy
from bridges.telling import tell
from tests.harness.connections import connection_with

_GITHUB = apps()["github"]
_CONNECTION = connection_with(Options(fields=()))


def _reading(**changed: object) -> Reading:
    card = Card(case="1", noun="issue", labels=("bug", "quai"), fields=(Field("Author", "ana"),))
    activity = Activity("1", "{actor} did it", actor="ana", text="Bonjour")
    given = {"event": "issues.opened", "card": card, "activities": (activity,)}
    return Reading(**{**given, **changed})


def _why(reading: Reading, *, app: App = _GITHUB, shared=False, known=(), **options: object) -> str:
    return withheld(reading, app, Options(**options), labels=known, shared=shared)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, ""),
        ({"events": ("issues.*",)}, ""),
        ({"events": ("pull_request.*",)}, "event"),
        ({"events": ("!issues.opened",)}, "event"),
        ({"labels": ("bug",)}, ""),
        ({"labels": ("bug", "!quai")}, "label"),
        ({"labels": ("ux",)}, "label"),
        ({"actors": ("!ana",)}, "actor"),
        ({"branches": ("main",)}, ""),
    ],
)
def test_globs_choose_what_is_told(options, why):
    assert _why(_reading(), **options) == why


def test_a_branch_filter_asks_only_what_has_a_branch():
    pushed = _reading(branch="release/3")

    assert _why(pushed, branches=("main",)) == "branch"
    assert _why(pushed, branches=("release/*",)) == ""


def test_a_label_filter_holds_though_labels_may_not_be_kept():
    opened, comment = _reading(), _reading(card=Card(case="1", noun="issue"))
    options = {"labels": ("bug",), "fields": ("Author",)}
    unheard = known_labels(None, Options(**options))
    told = known_labels(Case(labels=()), Options(**options))

    assert _why(opened, **options) == ""
    assert _why(comment, **options, known=unheard) == "label"
    assert _why(comment, **options, known=told) == ""
    assert _why(comment, labels=("bug",), known=known_labels(Case(), Options())) == "label"


def test_a_label_filter_hears_of_labels_that_come_and_go_one_by_one():
    came = _reading(card=Card(case="1", noun="card", parts=(Part("", "e1", "bug", there=True),)))
    went = _reading(card=Card(case="1", noun="card", parts=(Part("", "e1", "bug", there=False),)))
    member = _reading(card=Card(case="1", noun="card", parts=(Part("Members", "m", "bug", True),)))

    assert _why(came, labels=("bug",), known=()) == ""
    assert _why(went, labels=("bug",), known=("bug",)) == "label"
    assert _why(came, labels=("!bug",), known=()) == "label"
    assert _why(member, labels=("bug",), known=()) == "label"
    assert _why(member, labels=("bug",), known=("bug",)) == ""


def test_what_is_confidential_is_told_only_where_an_owner_said_so():
    note = _reading(secrecy=Secrecy.CONFIDENTIAL)

    assert _why(note) == "confidential"
    assert _why(note, confidential=True) == ""


def test_what_is_internal_stays_out_of_rooms_that_partners_read():
    inside = _reading(secrecy=Secrecy.INTERNAL)

    assert (_why(inside), _why(inside, shared=True)) == ("", "internal")
    assert _why(inside, shared=True, internal=True) == ""


def test_an_event_that_is_not_told_by_itself_is_told_where_it_is_asked_for():
    app = replace(_GITHUB, events=(Event("stars", "A star", default=False),))
    star = _reading(event="stars")

    assert _why(star, app=app) == "event"
    assert _why(star, app=app, events=("stars",)) == ""


def test_a_field_that_is_not_allowed_is_nowhere_in_what_is_kept():
    step = Activity(
        "2", "{actor} set {value}", actor="ana", values={"value": "9000"}, field="Price"
    )
    reading = _reading(
        activities=(step,), card=Card(case="1", noun="issue", fields=(Field("Price", "9000"),))
    )

    kept = trimmed(reading, Options(fields=()))

    assert "9000" not in repr(kept)
    assert kept.activities[0].importance is Importance.QUIET


def test_a_digest_is_silent_about_a_field_that_is_not_allowed():
    price = Activity("2", "{actor} set {value}", actor="ana", field="Price")
    moved = Activity("3", "{actor} moved it", actor="ana")
    kept = trimmed(_reading(activities=(price, moved)), Options(fields=()))

    told = tell(
        [Said(1, 0, _CONNECTION, _GITHUB, kept)], None, (), phrases(Language.EN), crowded=True
    )

    assert [line.text for line in told.lines] == ["ana moved it"]
    assert [item.key for item in told.new] == ["2", "3"]


def test_options_come_back_as_they_were_stored():
    options = Options(events=("issues.*",), bots=False, fields=("Author",))

    assert decode(encode(options)) == options
