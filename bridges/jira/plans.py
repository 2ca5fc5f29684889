"""Versions and sprints: they happen to no issue, so each is a post of its own.

Sources: https://developer.atlassian.com/cloud/jira/platform/webhooks/ and
https://developer.atlassian.com/server/jira/platform/webhooks/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.jira.changes import VERBS
from bridges.jira.issues import site_of
from bridges.jira.texts import text_of
from bridges.readings import Activity, Ignored, Reading

_UNTIL = N_("The sprint {sprint} has begun; it ends on {day}")
_LONGEST_GOAL = 1000


def read_version(body: Payload) -> Reading | Ignored:
    """Return what a version's release says; its page lists the issues in it."""
    version = body.at("version")
    name, number, site = version.text("name"), version.word("id"), site_of(version)
    if not name:
        return Ignored("version_released without name")
    url = f"{site}/issues/?jql=fixVersion%3D{number}" if site and number.isdecimal() else ""
    values, said = {"after": name}, text_of(version, "description", {})[:_LONGEST_GOAL]
    return _post(body, "version.released", f"version:{number}", name, values, url=url, text=said)


def read_sprint(body: Payload, action: str) -> Reading | Ignored:
    """Return what is said of a sprint that begins or ends; its page is its board."""
    sprint, event = body.at("sprint"), f"sprint.{action}"
    name, board, site = sprint.text("name"), sprint.word("originBoardId"), site_of(sprint)
    if not name:
        return Ignored(f"sprint_{action} without name")
    url = f"{site}/secure/RapidBoard.jspa?rapidView={board}" if site and board.isdecimal() else ""
    day = sprint.text("endDate")[:10] if milliseconds(sprint.text("endDate")) else ""
    values, verb = {"sprint": name}, ""
    if day and action == "started":
        values, verb = {"sprint": name, "day": day}, _UNTIL
    key, goal = f"{event}:{sprint.word('id')}", sprint.text("goal").strip()[:_LONGEST_GOAL]
    return _post(body, event, key, name, values, verb=verb, url=url, text=goal)


def _post(
    body: Payload,
    event: str,
    key: str,
    title: str,
    values: dict[str, str],
    *,
    verb: str = "",
    url: str = "",
    text: str = "",
) -> Reading:
    usual, importance = VERBS[event]
    step = Activity(
        key=key,
        verb=verb or usual,
        actor="Jira",
        at=milliseconds(body.word("timestamp")),
        values=values,
        url=url,
        text=text,
        importance=importance,
    )
    return Reading(event=event, activities=(step,), title=title)
