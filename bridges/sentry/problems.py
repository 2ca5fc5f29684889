"""The cards of issues, from an issue or from one of its events, and of metric alerts.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.parts import joined, version
from bridges.readings import Card, fields
from bridges.sentry.words import METRIC_STATES, PRESUMED, state_of

_EXCERPT = 400
_PROJECT = re.compile(r"/api/0/projects/[^/\s]{1,200}/([^/\s]{1,200})/events/")
FIELDS = (
    N_("Project"),
    N_("Level"),
    N_("Place"),
    N_("Events"),
    N_("People affected"),
    N_("Assignee"),
    N_("Environment"),
    N_("Version"),
)


def issue_card(issue: Payload, when: int | None) -> Card | None:
    """Return an issue's card as it is at *when*, None without an id."""
    if not issue.word("id"):
        return None
    return Card(
        case=f"issue/{issue.word('id')}",
        noun=N_("Issue"),
        number=issue.text("shortId"),
        title=issue.text("title") or issue.text("metadata", "title") or None,
        url=issue.text("web_url") or issue.text("permalink") or None,
        state=state_of(issue.text("status"), issue.text("substatus")),
        excerpt=_metadata(issue),
        fields=fields(
            (FIELDS[0], issue.text("project", "slug") or issue.text("project", "name") or None),
            (FIELDS[1], issue.text("level").capitalize() or None),
            (FIELDS[2], issue.text("culprit") if "culprit" in issue else None),
            (FIELDS[3], issue.word("count") or None),
            (FIELDS[4], issue.word("userCount") or None),
            (FIELDS[5], assignee(issue) if "assignedTo" in issue else None),
        ),
        updated=when,
    )


def event_card(event: Payload, when: int | None, project: str = "") -> Card | None:
    """Return the part of an issue's card that one of its events tells, None without the issue."""
    identifier = event.word("issue_id") or _last(event.text("issue_url"))
    if not identifier:
        return None
    page, found, _ = event.text("web_url").partition("/events/")
    return Card(
        case=f"issue/{identifier}",
        noun=N_("Issue"),
        title=event.text("title") or event.text("message") or None,
        url=f"{page}/" if found else None,
        state=PRESUMED,
        excerpt=_metadata(event),
        fields=fields(
            (FIELDS[0], project or project_of(event) or None),
            (FIELDS[1], event.text("level").capitalize() or None),
            (FIELDS[2], event.text("culprit") or event.text("transaction") or None),
            (FIELDS[6], event.text("environment") or _tag(event, "environment") or None),
            (FIELDS[7], _release(event) or None),
        ),
        updated=when,
    )


def metric_card(data: Payload, action: str, when: int | None) -> Card | None:
    """Return the card of what a metric alert rule noticed, None without an id."""
    alert = data.at("metric_alert")
    identifier = alert.word("id") or alert.word("identifier")
    if not identifier:
        return None
    rule = alert.text("alert_rule", "name") or alert.text("title")
    return Card(
        case=f"metric/{identifier}",
        noun=N_("Alert"),
        title=rule or data.text("description_title") or None,
        url=data.text("web_url") or None,
        state=METRIC_STATES[action],
        excerpt=described(data)[:_EXCERPT] if "description_text" in data else None,
        fields=fields(
            (FIELDS[0], joined(alert.texts("projects")) if "projects" in alert else None),
            (FIELDS[6], alert.text("alert_rule", "environment") or None),
        ),
        updated=when,
        final=action == "resolved",
    )


def described(data: Payload) -> str:
    """Return what a metric alert says of itself; Sentry's example writes its line ends as two signs."""
    return data.text("description_text").replace("\\n", "\n")


def project_of(event: Payload) -> str:
    """Return the project of an event, which is a bare number there, but a name in its address."""
    found = _PROJECT.search(event.text("url"))
    return found[1] if found else ""


def is_feedback(issue: Payload) -> bool:
    """Tell whether an issue is what somebody wrote, not what went wrong."""
    return issue.text("issueCategory") == "feedback"


def assignee(issue: Payload) -> str:
    """Return whom an issue is assigned to, a person or a team."""
    return issue.text("assignedTo", "name") or issue.text("assignedTo", "email")


def _metadata(subject: Payload) -> str | None:
    """Return what went wrong, as the error said it."""
    known = subject.text("metadata", "value") or subject.text("metadata", "message")
    return known[:_EXCERPT] or None


def _last(url: str) -> str:
    """Return the id at the end of an issue's address."""
    identifier = url.rstrip("/").rpartition("/")[2]
    return identifier if identifier.isascii() and identifier.isdecimal() else ""


def _release(event: Payload) -> str:
    known = event.text("release") or event.text("release", "version")
    return version(known or _tag(event, "release") or _tag(event, "sentry:release"))[0]


def _tag(event: Payload, name: str) -> str:
    """Return what an event's tag says: they are pairs."""
    pairs = event.fields.get("tags")
    for pair in pairs if isinstance(pairs, list) else ():
        match pair:
            case [key, str(value)] if key == name:
                return value
            case {"key": key, "value": str(value)} if key == name:
                return value
    return ""
