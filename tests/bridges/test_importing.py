"""What hookshot was set up for becomes connections that tell the same, or is named with the reason."""

from typing import Any

import pytest

from appservice.events import RoomEvent, parse_event
from appservice.languages import Language, phrases
from appservice.payload import Payload
from bridges.connection import Connection
from bridges.discovery import apps
from bridges.import_commands import Surveyed
from bridges.import_replies import IMPORT_REPLIES
from bridges.importing import Survey, survey
from bridges.option_words import as_words
from bridges.options import Options

_WORDS = phrases(Language.EN)
_NEW, _OLD = "uk.half-shot.matrix-hookshot.", "uk.half-shot.matrix-github."
_PULLS = (
    "pull_request.opened, pull_request.reopened, pull_request.closed, pull_request.merged, "
    "pull_request.ready_for_review, pull_request_review.approved, "
    "pull_request_review.changes_requested"
)


def _setting(kind: str, content: object, key: str = "k") -> RoomEvent:
    return parse_event(
        Payload(
            {
                "room_id": "!old:example.org",
                "event_id": "$1",
                "sender": "@ana:example.org",
                "origin_server_ts": 1,
                "type": kind,
                "state_key": key,
                "content": content,
            }
        )
    )


def _found(*events: RoomEvent, standing: tuple[Connection, ...] = ()) -> Survey:
    return survey(events, apps(), standing, _WORDS)


@pytest.mark.parametrize(
    ("kind", "content", "app", "options"),
    [
        (
            _NEW + "github.repository",
            {"org": "verger", "repo": "semis"},
            "github",
            {
                "projects": "verger/semis",
                "only": "issues.opened, issues.closed, issues.reopened, issues.edited, "
                f"issues.labeled, issues.unlabeled, {_PULLS}, release.published",
            },
        ),
        (
            _OLD + "repository",
            {"org": "verger", "repo": "semis", "ignoreHooks": ["issue", "pull_request.closed"]},
            "github",
            {
                "projects": "verger/semis",
                "only": _PULLS.replace("pull_request.closed, ", "") + ", release.published",
            },
        ),
        (
            _NEW + "github.repository",
            {
                "org": "verger",
                "repo": "semis",
                "enableHooks": ["push", "workflow.run.failure"],
                "includingLabels": ["bug", "à faire"],
                "excludingLabels": ["wip"],
            },
            "github",
            {
                "projects": "verger/semis",
                "only": "push.commits, push.forced, workflow_run.completed",
                "labels": "bug, à faire, !wip",
            },
        ),
        (
            _NEW + "gitlab.repository",
            {"instance": "maison", "path": "verger/outils/semis", "enableHooks": ["tag_push"]},
            "gitlab",
            {"projects": "verger/outils/semis", "only": "tag.created, tag.moved"},
        ),
        (
            _OLD + "jira.project",
            {"url": "https://verger.atlassian.net/jira/software/c/projects/SEM/"},
            "jira",
            {"projects": "SEM", "only": "issue.created"},
        ),
        (
            _NEW + "feed",
            {"url": "https://blog.example.org/feed.xml", "label": "Le carnet"},
            "rss",
            {"source": "https://blog.example.org/feed.xml"},
        ),
        (_NEW + "generic.hook", {"name": "Serre", "waitForComplete": False}, "generic", {}),
    ],
)
def test_a_setting_becomes_a_connection_that_tells_the_same(kind, content, app, options):
    (proposal,) = _found(_setting(kind, content)).proposals

    usual, now = as_words(Options(), _WORDS), as_words(proposal.options, _WORDS)
    assert proposal.app.slug == app
    assert {name: text for name, text in now.items() if text != usual[name]} == options
    assert proposal.losses == ()


@pytest.mark.parametrize(
    ("kind", "content", "lost"),
    [
        ("github.repository", {"org": "v", "repo": "s", "prDiff": {"enabled": True}}, 1),
        (
            "github.repository",
            {"org": "v", "repo": "s", "enableHooks": ["push", "release.drafted"]},
            1,
        ),
        ("github.repository", {"org": "v", "repo": "s", "excludingLabels": ["a,b", "*", "all"]}, 3),
        ("gitlab.repository", {"path": "v/s", "pushTagsRegex": "^v", "commandPrefix": "!gl"}, 2),
        ("jira.project", {"url": "https://j/SEM", "events": ["issue_created", "vote"]}, 1),
        ("feed", {"url": "https://blog.example.org/", "template": "$LINK"}, 1),
        ("generic.hook", {"name": "Serre", "transformationFunction": "result = 1"}, 1),
    ],
)
def test_what_of_a_setting_has_no_equal_is_named(kind, content, lost):
    found = _found(_setting(_NEW + kind, content))

    assert len(found.proposals[0].losses) == lost
    said = IMPORT_REPLIES[Surveyed](Surveyed("Verger", found), _WORDS)
    assert said.count("    - lost: ") == lost


_SPOILT: list[tuple[str, Any]] = [
    ("github.repository", {"org": 7, "repo": ["semis"]}),
    ("github.repository", {"org": "*", "repo": "*"}),
    ("github.repository", {"org": "v", "repo": "s", "enableHooks": []}),
    ("github.repository", {"org": "v", "repo": "s" * 5000}),
    ("gitlab.repository", {"path": "a\u202eb/c"}),
    ("gitlab.repository", {"path": "verger, autre"}),
    ("jira.project", {"url": "https://j.example/projects/ALL"}),
    ("jira.project", {"id": "10001"}),
    ("feed", {"url": "file:///etc/passwd"}),
    ("feed", {"url": "https://[x"}),
    ("generic.hook", {"name": {"a": 1}}),
    ("figma.file", {"fileId": "abc"}),
    ("<b>@room</b>", {"x": 1}),
]


@pytest.mark.parametrize(("kind", "content"), _SPOILT)
def test_a_setting_that_nothing_is_the_equal_of_is_named_with_the_reason(kind, content):
    found = _found(_setting(_NEW + kind, content, key="<i>![x](y)@room" * 15))
    said = IMPORT_REPLIES[Surveyed](Surveyed("Verger", found), _WORDS)

    assert found.proposals == ()
    assert len(found.unequal) == 1
    assert len(said) < 1000
    assert "<" not in said
    assert "@room" not in said


def test_what_was_taken_back_stands_twice_or_stands_already_is_not_proposed_again():
    feed = {"url": "https://blog.example.org/feed.xml"}
    first = _found(_setting(_NEW + "feed", feed))
    again = _found(
        _setting(_NEW + "generic.hook", {"name": "Serre", "disabled": True}),
        _setting(_NEW + "github.repository", {}),
        _setting("m.room.name", {"name": "Serre"}),
        _setting(_NEW + "github.repository", {"org": "v", "repo": "s"}),
        _setting(_OLD + "repository", {"org": "v", "repo": "s"}),
    )
    crowd = _found(
        *(_setting(_NEW + "feed", {"url": f"https://a{n}.example/"}) for n in range(130))
    )

    assert [one.stands for one in first.proposals] == [False]
    assert [one.subject for one in again.proposals] == ["v/s"]
    assert again.unequal == ()
    assert (len(crowd.proposals), crowd.more) == (100, 30)
