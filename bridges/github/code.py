"""Pushes, releases and workflow runs."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Activity, Card, Delivery, Ignored, Importance, Reading, State, StateClass
from bridges.github.reading import at, excerpt, field, happened, repository, repository_id

_SHOWN_COMMITS = 5

_CONCLUSIONS = {
    "success": State(N_("Succeeded"), StateClass.DONE),
    "neutral": State(N_("Neutral"), StateClass.DONE),
    "skipped": State(N_("Skipped"), StateClass.DONE),
    "cancelled": State(N_("Cancelled"), StateClass.BLOCKED),
    "action_required": State(N_("Action required"), StateClass.BLOCKED),
    "stale": State(N_("Stale"), StateClass.BLOCKED),
    "failure": State(N_("Failed"), StateClass.FAILED),
    "timed_out": State(N_("Timed out"), StateClass.FAILED),
    "startup_failure": State(N_("Failed to start"), StateClass.FAILED),
}
_RUNNING = {
    "requested": State(N_("Queued"), StateClass.OPEN),
    "in_progress": State(N_("Running"), StateClass.PROGRESS),
}


def read_push(delivery: Delivery) -> Reading | Ignored:
    """Read ``push``: a post of its own, with the first commits."""
    body = delivery.body
    kind, _, branch = body.text("ref").removeprefix("refs/").partition("/")
    if kind == "tags" or not branch:
        return Ignored("push of a tag; its release is told")
    if body.flag("deleted"):
        verb, importance = N_("{actor} deleted the branch {branch}"), Importance.QUIET
    elif body.flag("forced"):
        verb, importance = N_("{actor} force-pushed {branch}"), Importance.NORMAL
    else:
        verb, importance = N_("{actor} pushed to {branch}"), Importance.NORMAL
    step = happened(
        body,
        verb,
        f"push:{repository_id(body)}:{body.text('ref')}:{body.text('after')}",
        when=at(body.at("head_commit"), "timestamp"),
        importance=importance,
        url=body.text("compare"),
        text=_commits(body.items("commits")),
        branch=branch,
    )
    return Reading(
        event="push",
        activities=(step,),
        title=f"{repository(body)} · {branch}",
        confidential=body.flag("repository", "private"),
        branch=branch,
        project=repository(body),
    )


def read_release(delivery: Delivery) -> Reading | Ignored:
    """Read ``release``: a card from draft to published."""
    body, release, action = delivery.body, delivery.body.at("release"), delivery.body.text("action")
    if not release.word("id") or action not in {"published", "edited", "deleted", "unpublished"}:
        return Ignored(f"release.{action or 'without action'}")
    verbs = {
        "published": (N_("{actor} published this release"), Importance.LOUD),
        "edited": (N_("{actor} edited the release notes"), Importance.QUIET),
        "unpublished": (N_("{actor} withdrew this release"), Importance.LOUD),
        "deleted": (N_("{actor} deleted this release"), Importance.NORMAL),
    }
    verb, importance = verbs[action]
    when = at(release, "updated_at", "published_at", "created_at")
    tag, name = release.text("tag_name"), release.text("name")
    step = happened(
        body,
        verb,
        f"release:{release.word('id')}:{action}:{when}",
        when=when,
        importance=importance,
        url=release.text("html_url"),
    )
    early = release.flag("prerelease")
    published = State(N_("Pre-release") if early else N_("Published"), StateClass.DONE)
    card = Card(
        case=f"{repository_id(body)}/release/{release.word('id')}",
        noun=N_("Release"),
        number=tag if name and tag != name else "",
        title=name or tag or None,
        url=release.text("html_url") or None,
        state=State(N_("Draft"), StateClass.PROGRESS)
        if release.flag("draft") or action == "unpublished"
        else published,
        excerpt=excerpt(release.text("body")),
        fields=(
            field(N_("Repository"), repository(body)),
            field(N_("Author"), release.text("author", "login")),
        ),
        updated=when,
        deleted=action == "deleted",
    )
    return _about(body, f"release.{action}", card, step)


def read_workflow_run(delivery: Delivery) -> Reading | Ignored:
    """Read ``workflow_run``: one card for a workflow on a branch, so that a repaired run turns
    the failed card green instead of standing beside it.
    """
    body, run, action = (
        delivery.body,
        delivery.body.at("workflow_run"),
        delivery.body.text("action"),
    )
    conclusion = run.text("conclusion")
    state = _CONCLUSIONS.get(conclusion) if action == "completed" else _RUNNING.get(action)
    if state is None or not run.word("id"):
        return Ignored(f"workflow_run.{action or 'without action'} {conclusion}".strip())
    name, branch = run.text("name"), run.text("head_branch")
    verbs = {
        StateClass.DONE: (N_("Run {run} of {workflow} succeeded"), Importance.QUIET),
        StateClass.FAILED: (N_("Run {run} of {workflow} failed"), Importance.LOUD),
    }
    verb, importance = verbs.get(
        state.kind, (N_("Run {run} of {workflow}: {word}"), Importance.QUIET)
    )
    when = at(run, "updated_at", "run_started_at", "created_at")
    step = happened(
        body,
        verb,
        f"run:{run.word('id')}:{run.word('run_attempt')}:{action}:{conclusion}",
        when=when,
        importance=importance,
        url=run.text("html_url"),
        run=f"#{run.word('run_number')}",
        workflow=name,
        word=state.word,
    )
    source = run.word("head_repository", "id") or repository_id(body)
    workflow = run.word("workflow_id") or name
    card = Card(
        case=f"{repository_id(body)}/workflow/{workflow}/{source}/{branch}",
        noun=N_("Workflow"),
        number=f"#{run.word('run_number')}",
        title=f"{name} · {branch}" if branch else name or None,
        url=run.text("html_url") or None,
        state=state,
        excerpt=excerpt(run.text("head_commit", "message").partition("\n")[0]),
        fields=(
            field(N_("Repository"), repository(body)),
            field(N_("Branch"), branch),
            field(N_("Started by"), run.text("event")),
        ),
        updated=when,
    )
    return _about(body, f"workflow_run.{action}", card, step)


def _about(body: Payload, event: str, card: Card, step: Activity) -> Reading:
    return Reading(
        event=event,
        card=card,
        activities=(step,),
        confidential=body.flag("repository", "private"),
        branch=body.text("workflow_run", "head_branch"),
        project=repository(body),
    )


def _commits(commits: tuple[Payload, ...]) -> str:
    lines = [
        f"{commit.text('id')[:7]} {commit.text('message').partition(chr(10))[0]}"
        for commit in commits[:_SHOWN_COMMITS]
    ]
    if len(commits) > _SHOWN_COMMITS:
        lines.append(f"+ {len(commits) - _SHOWN_COMMITS}")
    return "\n".join(lines)
