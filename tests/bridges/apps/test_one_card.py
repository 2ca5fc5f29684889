"""What is renamed, moved, repeated or told twice stays one card."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import pytest

from bridges.base import Delivery
from bridges.discovery import apps
from bridges.filters import trimmed
from bridges.options import Options
from bridges.readings import Reading
from tests.bridges.apps.goldens import Fixture, fixtures
from tests.harness.telling import TellingRoom, read_of, target_of

_HOUR = 3600 * 1000
_NINE = 1_777_885_200_000
"""2026-05-04T09:00:00Z, when the alerts of the fixtures begin."""


@cache
def _fixture(slug: str, name: str) -> Fixture:
    return next(one for one in fixtures(slug) if one.name == name)


def _delivery(slug: str, name: str, changed: Mapping[str, str]) -> Delivery:
    """Return the call of a fixture in which some texts are others."""
    fixture = _fixture(slug, name)
    raw = json.dumps(fixture.body, ensure_ascii=False)
    for before, after in changed.items():
        assert before in raw
        raw = raw.replace(before, after)
    return replace(fixture, body=json.loads(raw)).delivery()


def _read(slug: str, name: str, changed: Mapping[str, str] = {}) -> Reading:
    reading = read_of(apps()[slug], _delivery(slug, name, changed))
    assert reading
    return reading


def _kinds(room: TellingRoom) -> Counter[str]:
    """Count cards, edits, steps and what else there is."""
    return Counter(row.key.partition(":")[0] for row in room.rows)


def _alerts(slug: str, *calls: tuple[float, str, Mapping[str, str]]) -> TellingRoom:
    """Return a room that heard a fixture, changed in some texts, so many hours after nine."""
    room = TellingRoom(apps()[slug])
    _go_on(room, *calls)
    return room


def _go_on(room: TellingRoom, *calls: tuple[float, str, Mapping[str, str]]) -> None:
    for hours, name, changed in calls:
        room.hear(_read(room.app.slug, name, changed), at=_NINE + int(hours * _HOUR))


def _word(content: Mapping[str, Any]) -> str:
    return content["org.parvis.card"]["state"]["word"]


def _repeated(content: Mapping[str, Any]) -> str | None:
    """Return what a card says of repetitions, None if it says nothing."""
    fields = {field["name"]: field["value"] for field in content["org.parvis.card"]["fields"]}
    return fields.get("Last repeated")


_TOMORROW = {"2026-05-04": "2026-05-05"}


_SECONDS, _HOURS = (0.1, 0.101, 0.102, 0.103), (0.1, 4.1, 8.1, 12.1)


@pytest.mark.parametrize("times", [_SECONDS, _HOURS], ids=["within seconds", "over hours"])
@pytest.mark.parametrize("slug", ["alertmanager", "grafana"])
def test_an_alert_that_is_repeated_and_ends_is_a_card_and_two_edits_and_the_next_day_a_new_card(
    slug: str, times: tuple[float, ...]
):
    room = _alerts(slug, *((hours, "firing", {}) for hours in times))

    (firing,) = room.cards().values()
    assert _kinds(room) == {"card": 1, "step": 1, "edit": 1}
    assert (_word(firing), _repeated(firing)) == ("Firing", "2026-05-04")
    assert "Dernier rappel\u00a0: 4 mai 2026" in firing["body"]
    assert all(row.content["m.mentions"] == {} for row in room.rows)

    _go_on(room, (12.5, "resolved", {}))
    (over,) = room.cards().values()
    assert (_kinds(room)["card"], _kinds(room)["edit"]) == (1, 2)
    assert (_word(over), _repeated(over)) == ("Resolved", None)

    _go_on(room, (24.1, "firing", _TOMORROW))
    former, newer = room.cards().values()
    assert (_kinds(room)["card"], _kinds(room)["edit"], _kinds(room)["card1"]) == (1, 2, 1)
    assert (_word(former), _word(newer), _repeated(newer)) == ("Continued", "Firing", None)
    assert target_of(room.rows[-1]) == "card:c:" + _read(slug, "firing").card.case


def test_an_alert_that_fires_for_days_is_edited_once_a_day_until_there_is_more_to_say():
    days = [(number / 2, "firing", {}) for number in range(0, 24 * 5, 9)]
    room = _alerts("alertmanager", *days)

    assert _kinds(room) == {"card": 1, "step": 1, "edit": 3}
    assert _repeated(*room.cards().values()) == "2026-05-06"
    _go_on(room, (60, "firing-one-more", {}))
    assert _repeated(*room.cards().values()) is None
    _go_on(room, (61, "firing-one-more", {}), (62, "firing-one-more", {}))
    assert _repeated(*room.cards().values()) == "2026-05-06"
    assert _kinds(room) == {"card": 1, "step": 2, "edit": 5}


def test_what_repeats_an_alert_does_not_keep_its_card_from_beginning_anew():
    days = range(20)
    room = _alerts("alertmanager", *((24 * day, "firing", {}) for day in days))
    _go_on(room, (24 * 20, "firing-one-more", {}))

    assert _kinds(room)["card1"] == 1


@pytest.mark.parametrize("slug", ["alertmanager", "grafana"])
def test_repeated_alerts_end_as_the_same_card_in_whichever_order_they_are_told(slug: str):
    first, more, over = ("firing", "firing-one-more", "resolved")
    firing = ((0.1, first), (0.4, more), (4.4, more), (8.4, more))
    for calls in (firing[:2], firing, (*firing, (9.0, over))):
        ends = []
        for order in permutations((*call, {}) for call in calls):
            (card,) = _alerts(slug, *order).cards().values()
            ends.append(card)
        assert all(end == ends[0] for end in ends)
        assert _repeated(ends[0]) == ("2026-05-04" if calls is firing else None)


def test_a_field_that_a_connection_does_not_show_is_not_made_of_repetitions_either():
    for allowed, edits in (("Severity",), 0), (("Severity", "Last repeated"), 1):
        room = TellingRoom(apps()["alertmanager"], Options(fields=allowed))
        _go_on(room, *((hours, "firing", {}) for hours in _HOURS))
        assert _kinds(room)["edit"] == edits


def test_an_incident_of_sentry_is_a_card_and_two_edits_and_the_next_one_a_new_card():
    again = {"51": "52", **_TOMORROW}
    room = _alerts(
        "sentry",
        (0.6, "metric.warning", {}),
        (0.7, "metric.critical", {}),
        (0.7, "metric.critical", {}),
        (0.8, "metric.resolved", {}),
        (24.7, "metric.critical", again),
    )

    kinds = [row.key.partition(":")[0] for row in room.rows if not row.key.startswith("step")]
    assert kinds == ["card", "edit", "edit", "card"]


def test_a_state_that_is_presumed_holds_until_one_is_told_whenever_that_was():
    room = TellingRoom(apps()["sentry"])
    states = []
    for name in ("alert.triggered", "issue.resolved", "alert.triggered-with-its-facts-in-tags"):
        room.hear(_read("sentry", name))
        (card,) = room.cards().values()
        states.append((_word(card), card["org.parvis.card"]["state"]["class"]))

    assert states == [("Unresolved", "open"), ("Resolved", "done"), ("Resolved", "done")]


_MOVED = [
    pytest.param(
        "github",
        "issues.opened",
        "issues.edited-title",
        {},
        ("#118", "Courbe de débit figée de 0 h à 6 h"),
        id="GitHub: a title",
    ),
    pytest.param(
        "github",
        "pull_request.opened",
        "pull_request.edited",
        {"ateliers-rhone/supervision": "hydrotech/pilotage"},
        ("#214", "Relit les capteurs après minuit (fuseau)", "hydrotech/pilotage"),
        id="GitHub: a repository renamed and given to others",
    ),
    pytest.param(
        "gitlab",
        "issue.opened",
        "issue.edited",
        {"pompes/regulation": "turbines/reglage"},
        ("#42", "Courbe de débit figée", "turbines/reglage"),
        id="GitLab: a project moved and renamed",
    ),
    pytest.param(
        "jira",
        "issue-created",
        "issue-moved-to-another-project",
        {},
        ("SUP-9", "Disque plein sur db1"),
        id="Jira: another key",
    ),
    pytest.param(
        "jira",
        "issue-created",
        "issue-renamed",
        {"Disque plein sur db1": "Disque plein"},
        ("OPS-4", "Disque plein"),
        id="Jira: a summary",
    ),
    pytest.param(
        "trello",
        "created",
        "renamed",
        {},
        ("#12", "Réserver le camion et la grue"),
        id="Trello: a name",
    ),
    pytest.param(
        "trello",
        "created",
        "moved-here-from-another-board",
        {'"idShort": 12': '"idShort": 3'},
        ("#3", "Réserver le camion"),
        id="Trello: another board",
    ),
    pytest.param(
        "zendesk",
        "created",
        "subject",
        {"Alerte non reçue la nuit": "Alerte non reçue"},
        ("#4182", "Alerte non reçue"),
        id="Zendesk: a subject",
    ),
    pytest.param(
        "pipedrive",
        "deal-created",
        "deal-renamed",
        {},
        ("", "Hydrotech, 42 pompes"),
        id="Pipedrive: a deal's title",
    ),
]


@pytest.mark.parametrize(("slug", "first", "then", "changed", "shown"), _MOVED)
def test_what_is_renamed_moved_or_gets_another_key_keeps_its_card(
    slug, first, then, changed, shown
):
    room = TellingRoom(apps()[slug])
    room.hear(_read(slug, first))
    room.hear(_read(slug, then, changed))

    (content,) = room.cards().values()
    card, (number, title, *besides) = content["org.parvis.card"], shown
    assert (_kinds(room)["card"], _kinds(room)["edit"]) == (1, 1)
    assert (card["number"], card["title"]) == (number, title)
    assert all(text in content["body"] for text in besides)


def test_an_issue_given_to_another_repository_says_on_its_card_where_it_went():
    room = TellingRoom(apps()["github"])
    opened = {'"number": 118': '"number": 44', '"id": 61820': '"id": 61821'}
    room.hear(_read("github", "issues.opened", opened))
    room.hear(_read("github", "issues.transferred"))

    (card,) = room.cards().values()
    assert card["org.parvis.card"]["state"]["word"] == "Transferred"
    assert card["org.parvis.card"]["url"].endswith("/supervision/issues/122")


_CHECKED = [
    pytest.param(
        "status.failure-of-an-older-commit",
        {},
        {
            "b" * 40: "a3f1c09b5d5d4c8e9f00112233445566778899aa",
            '"state": "failure"': '"state": "success"',
            "T06:58:00Z": "T07:01:00Z",
            "T07:09:00+": "T07:05:00+",
        },
        id="a commit status",
    ),
    pytest.param(
        "check_suite.completed-with-failure",
        {"a3f1c09b": "b0b0b0b0", "T08:12:00Z": "T08:02:00Z", "T08:19:41Z": "T08:50:00Z"},
        {'"conclusion": "failure"': '"conclusion": "success"'},
        id="the checks of an app",
    ),
]


@pytest.mark.parametrize(("name", "older", "newer"), _CHECKED)
def test_what_is_said_of_an_older_commit_does_not_turn_the_card_of_a_newer_one(name, older, newer):
    late, right = _read("github", name, older), _read("github", name, newer)
    assert late.activities[0].at > right.activities[0].at
    cards = []
    for order in ((right, late), (late, right)):
        room = TellingRoom(apps()["github"])
        for reading in order:
            room.hear(reading)
        failed = [row for row in room.rows if row.key.endswith(late.activities[0].key)]
        assert len(failed) == 1  # That it failed is told all the same, and of which commit.
        assert late.activities[0].text[:8] in failed[0].content["body"]
        cards += room.cards().values()

    assert cards[0] == cards[1]
    assert cards[0]["org.parvis.card"]["state"]["word"] == "Succeeded"
    assert cards[0]["body"].endswith("a3f1c09b")


def test_a_card_about_an_old_commit_stands_where_it_was_checked():
    name, year_old = (
        "status.failure-of-an-older-commit",
        {"2026-05-07T06:58:00Z": "2025-05-07T06:58:00Z"},
    )
    room = TellingRoom(apps()["github"])
    room.hear(reading := _read("github", name, year_old))

    assert room.rows[0].ts == reading.activities[0].at


def test_a_comment_that_data_center_tells_of_twice_is_one():
    room = TellingRoom(apps()["jira"])
    told = _delivery("jira", "data-center-issue-updated-with-comment", {})
    bare = _delivery("jira", "data-center-comment-created-besides", {})
    issue = {"issue": dict(told.body.fields)["issue"]}
    named = replace(bare, body=replace(bare.body, fields={**bare.body.fields, **issue}))
    room.hear(_read("jira", "data-center-issue-created"))
    for call in (bare, named, told, bare, named):
        if reading := read_of(apps()["jira"], call):
            room.hear(reading)

    comments = [row for row in room.rows if row.key.endswith(":comment:555:created")]
    assert len(comments) == 1
    assert _kinds(room)["card"] == 1
    assert apps()["jira"].delivery_id(named) != apps()["jira"].delivery_id(told)


def test_a_comment_on_a_pull_request_that_github_calls_an_issue_comment_is_on_its_card():
    room = TellingRoom(apps()["github"])
    for name in ("pull_request.opened", "issue_comment.created-on-a-pull-request"):
        room.hear(_read("github", name))

    (root,) = room.cards()
    (card,) = room.cards().values()
    comment = room.rows[-1]
    assert comment.key.endswith(":issue_comment:502:created")
    assert target_of(comment) == root
    assert card["org.parvis.card"]["noun"] == "Pull request"


def test_a_release_of_gitlab_that_is_deleted_and_made_anew_is_there_again():
    room = TellingRoom(apps()["gitlab"])
    told = [
        _read("gitlab", f"release.{name}") for name in ("published", "deleted", "published-anew")
    ]
    for days, reading in enumerate(told):
        room.hear(reading, at=told[0].activities[0].at + days * 6 * _HOUR)

    (card,) = room.cards().values()
    assert card["org.parvis.card"]["state"]["word"] == "Published"
    assert _kinds(room) == {"card": 1, "edit": 2, "step": 3}


def test_a_pipeline_in_a_fork_stands_on_the_card_of_its_merge_request():
    room = TellingRoom(apps()["gitlab"])
    seven = {'"iid": 7,': '"iid": 20,', "merge_requests/7": "merge_requests/20"}
    room.hear(_read("gitlab", "merge_request.opened", seven))
    room.hear(_read("gitlab", "pipeline.of-a-merge-request-in-its-fork"))

    (card,) = room.cards().values()
    assert card["org.parvis.card"]["fields"][-1] == {"name": "Pipeline", "value": "⚠ #52"}
    assert card["org.parvis.card"]["state"]["word"] == "Open"


def test_two_events_of_gitlab_that_share_a_uuid_are_two():
    gitlab = apps()["gitlab"]
    shared = {"x-gitlab-event-uuid": "0d5a1f00-77aa-4c1e-9b1d-000000000001"}
    calls = [_fixture("gitlab", name) for name in ("issue.closed", "merge_request.merged")]
    told = [replace(call, headers={**call.headers, **shared}) for call in calls]

    ids = {gitlab.delivery_id(call.delivery()) for call in told}
    assert len(ids) == 2
    assert all(ids)
    room = TellingRoom(gitlab)
    for call in told:
        room.hear(read_of(gitlab, call.delivery()))
    assert len(room.cards()) == 2


def test_without_an_idempotency_key_the_shared_uuid_is_no_key_either():
    gitlab, call = apps()["gitlab"], _fixture("gitlab", "issue.closed")
    headers = {name: value for name, value in call.headers.items() if name != "idempotency-key"}

    assert "x-gitlab-event-uuid" in headers
    assert gitlab.delivery_id(replace(call, headers=headers).delivery()) == ""


def test_a_case_that_has_no_title_keeps_the_name_of_its_first_words_in_any_order_until_it_has():
    text, words = "Sauvegarde de nas-2 commencée\\nDétails à la fin", '"text": "'
    told = [
        _read(
            "generic",
            "case-without-title",
            {words: f'"time": "2026-05-0{day}", {words}', text: said},
        )
        for day, said in ((4, "Commencée"), (5, "Avancée"), (6, "Finie"))
    ]
    titled = _read("generic", "case-without-title", {words: f'"title": "Copie", {words}'})

    for order in permutations(told):
        room = TellingRoom(apps()["generic"])
        for reading in order:
            room.hear(reading)
        (card,) = room.cards().values()
        assert card["org.parvis.card"]["title"] == "Commencée"
        room.hear(titled)
        (card,) = room.cards().values()
        assert card["org.parvis.card"]["title"] == "Copie"


@pytest.mark.parametrize(
    ("slug", "name", "heading"),
    [
        ("sentry", "comment.created", "Ticket 1170"),
        ("alertmanager", "with-nulls", "Alerte"),
        ("gitlab", "note.huge-on-an-issue-without-facts", "Ticket #54"),
        ("generic", "case-with-its-state-alone", "nas-9"),
        ("generic", "case-closed", "Sonde changée."),
    ],
)
def test_a_case_whose_title_no_call_said_is_called_by_what_people_know(slug, name, heading):
    room = TellingRoom(apps()[slug])
    room.hear(_read(slug, name))

    (card,) = room.cards().values()
    assert card["org.parvis.card"]["title"] == heading
    assert card["org.parvis.card"]["number"] == ""  # Or a page would say it twice.
    assert card["body"].startswith(f"{heading}\n")


def _trigger(**said: str) -> Reading:
    """Return what Zendesk's trigger tells, filled in otherwise."""
    fixture = _fixture("zendesk", "trigger-changed")
    reading = read_of(apps()["zendesk"], replace(fixture, body={**fixture.body, **said}).delivery())
    assert reading
    return reading


def test_a_ticket_that_changes_twice_within_a_minute_is_as_its_trigger_said_last():
    """The time in a trigger holds minutes, and its latest comment is the same again."""
    minute = {"updated": "2026-05-06T10:00Z", "comment": "Voici le devis."}
    for said in (
        ({"status": "Open"}, {"status": "Solved"}),
        ({"status": "Solved"}, {"status": "Open"}),
    ):
        room = TellingRoom(apps()["zendesk"])
        for one in (*said, said[-1]):
            room.hear(_trigger(**minute, **one))

        (card,) = room.cards().values()
        assert _word(card) == said[-1]["status"]
        assert _kinds(room) == {"card": 1, "edit": 1, "step": 2}


def test_a_ticket_whose_trigger_names_no_event_is_told_to_be_solved_once_for_each_answer():
    room = TellingRoom(apps()["zendesk"])
    for minute, (comment, status) in enumerate(
        [
            ("Ma pompe fuit.", "New"),
            ("Resserrez le joint.", "Open"),
            ("Resserrez le joint.", "Solved"),
            ("Resserrez le joint.", "Closed"),
            ("Elle fuit encore.", "Open"),
            ("Elle fuit encore.", "Solved"),
        ]
    ):
        room.hear(_trigger(comment=comment, status=status, updated=f"2026-05-06T10:{minute:02}Z"))

    told = [row.content["org.parvis.step"]["verb"] for row in room.rows if row.key[:4] == "step"]
    wrote, solved = "{actor} wrote", "The ticket is solved"
    assert told == [wrote, wrote, solved, wrote, solved]


def test_what_is_zendesks_own_word_is_said_in_the_organizations_language():
    room = TellingRoom(apps()["zendesk"])
    room.hear(_read("zendesk", "created-in-html-by-a-conversation"))

    (card,) = room.cards().values()
    assert "Priorité\u00a0: Urgente\nType\u00a0: Tâche\nCanal\u00a0: Messagerie" in card["body"]
    assert {"name": "Type", "value": "Task", "ours": True} in card["org.parvis.card"]["fields"]


def _facts(content: Mapping[str, Any]) -> dict[str, str]:
    return {field["name"]: field["value"] for field in content["org.parvis.card"]["fields"]}


def _labels(content: Mapping[str, Any]) -> list[str]:
    return content["org.parvis.card"]["labels"]


_ON_A_CARD = [
    ("created", {}),
    ("member-added", {}),
    ("member-added", {"a-32": "a-91", "m2": "m7", "Yves Perrin": "Léa Roy", "09:32": "09:41"}),
    ("label-added", {}),
    ("label-added", {"a-34": "a-92", "e1": "e2", "urgent": "grue", "09:34": "09:42"}),
    ("member-removed", {"a-33": "a-93", "09:33": "09:43"}),
]
"""What Trello tells of a card, that Yves left for Léa, one thing after the other."""


def test_who_is_on_a_card_and_its_labels_stand_there_in_whichever_order_they_are_told():
    for order in permutations(_ON_A_CARD):
        room = TellingRoom(apps()["trello"])
        for name, changed in order:
            room.hear(_read("trello", name, changed))

        (card,) = room.cards().values()
        assert _facts(card)["Members"] == "Léa Roy"
        assert _labels(card) == ["urgent", "grue"]
        assert "Membres\u00a0: Léa Roy" in card["body"]


def test_members_and_labels_that_may_not_be_shown_are_not_kept_either():
    options = Options(fields=("Board",))
    room = TellingRoom(apps()["trello"], options)
    for name, changed in _ON_A_CARD:
        room.hear(trimmed(_read("trello", name, changed), options))

    (case,) = room.known.values()
    assert "Léa" not in repr(case)
    assert "urgent" not in repr(case)
