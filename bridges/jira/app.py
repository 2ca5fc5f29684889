"""Jira, Cloud and Data Center: issues as living cards.

Sources: https://developer.atlassian.com/cloud/jira/platform/webhooks/ and
https://developer.atlassian.com/server/jira/platform/webhooks/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import HmacHeader, JwtBearer, UrlSecret
from bridges.base import App, Delivery, Event, SetUpStep
from bridges.jira.acting import ACTIONS
from bridges.jira.changes import VERBS, comment_made, happened, listed, only_silent, unread
from bridges.jira.hookshot import TAKES_OVER
from bridges.jira.issues import FIELDS, issue_card, secrecy
from bridges.jira.plans import read_sprint, read_version
from bridges.jira.rules import as_call, sent
from bridges.readings import Activity, Card, Ignored, Reading, StateClass

_COMMENTS = {
    "issue_commented": "created",
    "issue_comment_edited": "updated",
    "issue_comment_deleted": "deleted",
}
"""Data Center's names for what came with an issue's update."""
_ATTEMPT = "x-atlassian-webhook-identifier"


def _read(delivery: Delivery) -> Reading | Ignored:
    body, kind = delivery.body, delivery.body.text("webhookEvent")
    name = kind.removeprefix("jira:")
    if not name:
        return _by_rule(body)
    if name == "version_released":
        return read_version(body)
    if name in {"sprint_started", "sprint_closed"}:
        return read_sprint(body, name.removeprefix("sprint_"))
    card = issue_card(body, deleted=name == "issue_deleted")
    family, _, action = name.partition("_")
    if family not in {"issue", "comment"} or f"{family}.{action}" not in {*VERBS, "issue.updated"}:
        return Ignored(name or "no webhookEvent")
    if card is None:
        # A security level would not be known; Data Center sends the issue's own call besides.
        return Ignored(f"{name} without issue")
    if family == "comment":
        return _about(body, card, [(f"comment.{action}", comment_made(body, action))])
    if action != "updated":
        event = f"issue.{action}"
        return _about(body, card, [(event, happened(body, event, action))])
    return _change(body, card)


def _change(body: Payload, card: Card) -> Reading | Ignored:
    items, kind = body.items("changelog", "items"), body.text("issue_event_type_name")
    steps = listed(body, done=bool(card.state and card.state.kind is StateClass.DONE))
    if body.at("comment").word("id"):
        action = _COMMENTS.get(kind, "created")
        steps.append((f"comment.{action}", comment_made(body, action)))
    if not steps and (only_silent(items) or "worklog" in kind or "work_logged" in kind):
        return Ignored(f"issue_updated: {unread(body) or kind}")
    event = "issue.changed"
    key = f"change:{body.word('changelog', 'id') or body.word('timestamp')}"
    return _about(body, card, steps or [(event, happened(body, event, key))])


def _about(body: Payload, card: Card, steps: list[tuple[str, Activity]]) -> Reading:
    """Return the reading; its event is that of the step which is heard farthest."""
    order = list(VERBS)
    loudness = ("quiet", "normal", "loud")
    first = max(steps, key=lambda step: (loudness.index(step[1].importance), -order.index(step[0])))
    project = body.text("issue", "fields", "project", "key") or card.number.partition("-")[0]
    return Reading(
        event=first[0],
        card=card,
        activities=tuple(step for _, step in steps),
        secrecy=secrecy(body),
        project=project,
    )


def _by_rule(body: Payload) -> Reading | Ignored:
    whole = as_call(body)
    card = issue_card(whole) if whole else None
    if whole is None or card is None:
        return Ignored("no webhookEvent")
    done = bool(card.state and card.state.kind is StateClass.DONE)
    return _about(whole, card, [sent(whole, done=done)])


def _delivery_id(delivery: Delivery) -> str:
    """Return Cloud's id of a call; Data Center has none, and tells calls apart by these."""
    body = delivery.body
    named = (("issue", "id"), ("comment", "id"), ("changelog", "id"), ("sprint", "id"))
    parts = [body.text("webhookEvent"), body.word("timestamp"), *(body.word(*n) for n in named)]
    told = ":".join(parts) if all(parts[:2]) and any(parts[2:]) else ""
    return delivery.header(_ATTEMPT) or told


APP = App(
    slug="jira",
    name="Jira",
    actions=ACTIONS,
    schemes=(HmacHeader("X-Hub-Signature", prefix="sha256="), JwtBearer(), UrlSecret()),
    app_secrets=("jwt",),
    events=tuple(Event(name, verb) for name, (verb, _) in VERBS.items()),
    read=_read,
    takes_over=TAKES_OVER,
    delivery_id=_delivery_id,
    headers=(_ATTEMPT,),
    fields=FIELDS,
    largest_body=5 * 1024 * 1024,
    when_silent=N_("In Jira, System, WebHooks shows whether it is enabled."),
    steps=(
        SetUpStep(N_("In Jira: Settings, System, WebHooks, Create a WebHook; paste the address.")),
        SetUpStep(N_("Paste the secret too: Jira Cloud signs with it."), ("hmac",)),
        SetUpStep(N_("Data Center signs nothing: the address is the only secret."), ("url",)),
        SetUpStep(N_("Give Parvis the secret of the OAuth or Connect app."), ("jwt",)),
        SetUpStep(
            N_(
                "Tick the events of issues and comments, and of sprints and versions if they are to be told; leave “Exclude body” off."
            )
        ),
        SetUpStep(N_("Add “level is EMPTY” to the JQL, so that restricted issues stay in Jira.")),
    ),
)
