"""GitHub, as the core knows it.

Contract: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from collections.abc import Callable, Mapping

from appservice.languages import N_
from bridges.auth import HmacHeader
from bridges.base import App, Delivery, Event, SetUpStep
from bridges.github import (
    alerts,
    checks,
    code,
    discussions,
    plans,
    repositories,
    runs,
    talk,
    tracker,
)
from bridges.github.acting import ACTIONS
from bridges.github.hookshot import TAKES_OVER
from bridges.github.missing import HOOK_HEADERS
from bridges.github.reading import REMARK_VERBS
from bridges.parts import SEVERITIES, Verbs, declared
from bridges.readings import Ignored, Reading

_Reader = Callable[[Delivery], Reading | Ignored]

_FAMILIES: Mapping[str, tuple[_Reader, Verbs]] = {
    "issues": (tracker.read_issue, tracker.ISSUE_VERBS),
    "pull_request": (tracker.read_pull_request, tracker.PULL_VERBS),
    "issue_comment": (talk.read_comment, REMARK_VERBS),
    "pull_request_review": (talk.read_review, talk.REVIEW_VERBS),
    "pull_request_review_comment": (talk.read_review_comment, REMARK_VERBS),
    "commit_comment": (talk.read_commit_comment, talk.COMMIT_VERBS),
    "push": (code.read_push, code.PUSH_VERBS),
    "tag": (code.read_push, code.TAG_VERBS),
    "release": (code.read_release, code.RELEASE_VERBS),
    "workflow_run": (runs.read_workflow_run, runs.RUN_VERBS),
    "deployment_status": (runs.read_deployment_status, runs.DEPLOYMENT_VERBS),
    "check_suite": (checks.read_check_suite, checks.SUITE_VERBS),
    "check_run": (checks.read_check_run, checks.CHECK_VERBS),
    "status": (checks.read_status, checks.STATUS_VERBS),
    "discussion": (discussions.read_discussion, discussions.DISCUSSION_VERBS),
    "discussion_comment": (discussions.read_discussion_comment, REMARK_VERBS),
    "milestone": (plans.read_milestone, plans.MILESTONE_VERBS),
    "wiki": (plans.read_wiki, plans.WIKI_VERBS),
    "alert": (alerts.read_alert, alerts.ALERT_VERBS),
    "repository": (repositories.read_repository, repositories.REPOSITORY_VERBS),
}
_CALLED: Mapping[str, str] = {
    "gollum": "wiki",
    "dependabot_alert": "alert",
    "code_scanning_alert": "alert",
    "secret_scanning_alert": "alert",
    "repository_vulnerability_alert": "alert",
    # Forgejo and Gitea, when they call as GitHub does.
    "pull_request_approved": "pull_request_review",
    "pull_request_rejected": "pull_request_review",
    "pull_request_comment": "pull_request_review",
}
"""Families by what their calls are called, where that is another name."""
_OFF = {"push.branch_created", "push.branch_deleted"}
_OFF |= {f"check_run.{action}" for action in checks.CHECK_VERBS}
# Most tags are told as releases.
_OFF |= {f"tag.{done}" for done in code.TAG_VERBS}


def _read(delivery: Delivery) -> Reading | Ignored:
    called = delivery.header("x-github-event")
    family = _CALLED.get(called, called)
    if family not in _FAMILIES:
        return Ignored(family or "no X-GitHub-Event header")
    reader, _ = _FAMILIES[family]
    return reader(delivery)


def _events() -> tuple[Event, ...]:
    every = [event for name, (_, verbs) in _FAMILIES.items() for event in declared(name, verbs)]
    return tuple(Event(event.name, event.meaning, event.name not in _OFF) for event in every)


APP = App(
    slug="github",
    name="GitHub",
    actions=ACTIONS,
    schemes=(HmacHeader("X-Hub-Signature-256", prefix="sha256="),),
    events=_events(),
    read=_read,
    takes_over=TAKES_OVER,
    delivery_id=lambda delivery: delivery.header("x-github-delivery"),
    headers=("x-github-event", "x-github-delivery", *HOOK_HEADERS),
    fields=(
        N_("Repository"),
        N_("Author"),
        N_("Assignees"),
        N_("Milestone"),
        N_("Type"),
        N_("Branch"),
        N_("Reviewers"),
        N_("Category"),
        N_("Run"),
        N_("Started by"),
        N_("Version"),
        N_("Severity"),
        N_("Package"),
        N_("Fixed in"),
        N_("Place"),
        N_("Due"),
    ),
    own_values=SEVERITIES,
    is_ping=lambda delivery: delivery.header("x-github-event") == "ping",
    is_farewell=lambda delivery: (
        delivery.header("x-github-event") == "meta" and delivery.body.text("action") == "deleted"
    ),
    largest_body=25 * 1024 * 1024,
    when_silent=N_("On GitHub, Recent Deliveries of the webhook shows what became of its calls."),
    when_ended=N_(
        "On GitHub, somebody deleted the webhook; whoever wants it back adds it anew, with the address and a new secret."
    ),
    steps=(
        SetUpStep(N_("On GitHub, open the repository, then Settings, Webhooks, Add webhook.")),
        SetUpStep(
            N_("Paste the address as Payload URL, choose application/json, and paste the secret.")
        ),
        SetUpStep(
            N_(
                "Choose “Send me everything” or single events, then Add webhook. A test call "
                "arrives at once."
            )
        ),
    ),
)
