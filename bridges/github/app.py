"""GitHub, as the core knows it.

Contract: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from collections.abc import Callable, Mapping

from appservice.languages import N_
from bridges.auth import HmacHeader
from bridges.base import App, Delivery, Event, Ignored, Reading, SetUpStep
from bridges.github import code, tracker

_READERS: Mapping[str, Callable[[Delivery], Reading | Ignored]] = {
    "issues": tracker.read_issue,
    "pull_request": tracker.read_pull_request,
    "issue_comment": tracker.read_comment,
    "pull_request_review": tracker.read_review,
    "pull_request_review_comment": tracker.read_review_comment,
    "push": code.read_push,
    "release": code.read_release,
    "workflow_run": code.read_workflow_run,
}


def _read(delivery: Delivery) -> Reading | Ignored:
    event = delivery.header("x-github-event")
    reader = _READERS.get(event)
    return reader(delivery) if reader else Ignored(event or "no X-GitHub-Event header")


def _events() -> tuple[Event, ...]:
    issues = (Event(f"issues.{action}", verb) for action, (verb, _) in tracker.ISSUE_VERBS.items())
    pulls = (
        Event(f"pull_request.{action}", verb) for action, (verb, _) in tracker.PULL_VERBS.items()
    )
    reviews = (
        Event(f"pull_request_review.{state}", verb)
        for state, (verb, _) in tracker.REVIEW_VERBS.items()
    )
    remarks = (
        Event(f"{family}.{action}", meaning)
        for family in ("issue_comment", "pull_request_review_comment")
        for action, meaning in (
            ("created", N_("{actor} commented")),
            ("edited", N_("{actor} edited a comment")),
            ("deleted", N_("{actor} deleted a comment")),
        )
    )
    releases = (
        Event(f"release.{action}", N_("A release was published, changed or withdrawn"))
        for action in ("published", "edited", "unpublished", "deleted")
    )
    runs = (
        Event(f"workflow_run.{action}", N_("A workflow was started or ended"))
        for action in ("requested", "in_progress", "completed")
    )
    push = Event("push", N_("Commits were pushed to a branch"))
    return (*issues, *pulls, *reviews, *remarks, *releases, *runs, push)


APP = App(
    slug="github",
    name="GitHub",
    schemes=(HmacHeader("X-Hub-Signature-256", prefix="sha256="),),
    events=_events(),
    read=_read,
    delivery_id=lambda delivery: delivery.header("x-github-delivery"),
    is_ping=lambda delivery: delivery.header("x-github-event") == "ping",
    largest_body=25 * 1024 * 1024,
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
