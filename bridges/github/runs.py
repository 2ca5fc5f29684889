"""Workflow runs and deployments: one card for what is run again and again.

A workflow has one card for each branch (of each fork), so that a repaired run turns the failed
card green instead of standing beside it; a deployment has one for each environment.
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import (
    about,
    at,
    branch_of,
    happened,
    page,
    repository,
    repository_id,
)
from bridges.parts import Verbs, excerpt, unread, version
from bridges.readings import Activity, Card, Ignored, Importance, Reading, State, StateClass, fields

QUEUED = State(N_("Queued"), StateClass.OPEN)
RUNNING = State(N_("Running"), StateClass.PROGRESS)
CONCLUSIONS = {
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
_ON_THE_WAY = {"requested": QUEUED, "in_progress": RUNNING}
_DEPLOYED = {
    "success": State(N_("Deployed"), StateClass.DONE),
    "failure": State(N_("Failed"), StateClass.FAILED),
    "error": State(N_("Failed"), StateClass.FAILED),
    "in_progress": RUNNING,
    "queued": QUEUED,
    "pending": QUEUED,
    "waiting": State(N_("Waiting"), StateClass.BLOCKED),
}
RUN_VERBS: Verbs = {
    "requested": (N_("A run of a workflow was asked for"), Importance.QUIET),
    "in_progress": (N_("A run of a workflow started"), Importance.QUIET),
    "completed": (N_("A run of a workflow ended"), Importance.LOUD),
}
DEPLOYMENT_VERBS: Verbs = {
    "created": (N_("A deployment advanced, succeeded or failed"), Importance.LOUD)
}
_RUN_TOLD: dict[StateClass, tuple[str, Importance]] = {
    StateClass.DONE: (N_("{workflow} succeeded (run {run})"), Importance.RECOVERY),
    StateClass.FAILED: (N_("{workflow} failed (run {run})"), Importance.LOUD),
    StateClass.BLOCKED: (N_("{workflow} stopped (run {run})"), Importance.QUIET),
    StateClass.PROGRESS: (N_("{workflow} started (run {run})"), Importance.QUIET),
    StateClass.OPEN: (N_("{workflow} was queued (run {run})"), Importance.QUIET),
}
_DEPLOYMENT_TOLD: dict[StateClass, tuple[str, Importance]] = {
    StateClass.DONE: (N_("{actor} deployed {ref} to {environment}"), Importance.LOUD),
    StateClass.FAILED: (N_("The deployment of {ref} to {environment} failed"), Importance.LOUD),
}
_PREVIEWED = (N_("{actor} deployed {ref} to {environment}"), Importance.RECOVERY)
"""An environment for one change alone, which goes with it, is no news to all."""
_ADVANCED = (N_("The deployment of {ref} to {environment} advances"), Importance.QUIET)


def read_workflow_run(delivery: Delivery) -> Reading | Ignored:
    """Read ``workflow_run``."""
    body, run, action = (
        delivery.body,
        delivery.body.at("workflow_run"),
        delivery.body.text("action"),
    )
    conclusion = run.text("conclusion") if action == "completed" else ""
    state = CONCLUSIONS.get(conclusion) or _ON_THE_WAY.get(action)
    if state is None or not run.word("id"):
        return unread("workflow_run", f"{action} {conclusion}".strip())
    branch = branch_of(run.text("head_branch"))
    step = _run_step(body, run, state, f"{action}:{conclusion}")
    return about(body, f"workflow_run.{action}", _run_card(body, run, state, action), step, branch)


def _run_step(body: Payload, run: Payload, state: State, ended: str) -> Activity:
    return happened(
        body,
        _RUN_TOLD[state.kind],
        f"run:{run.word('id')}:{run.word('run_attempt')}:{ended}",
        when=at(run, "updated_at", "run_started_at", "created_at"),
        url=run.text("html_url"),
        run=f"#{run.word('run_number')}",
        workflow=_workflow(body, run),
    )


def _run_card(body: Payload, run: Payload, state: State, action: str) -> Card:
    name, branch = _workflow(body, run), branch_of(run.text("head_branch"))
    source = run.word("head_repository", "id") or repository_id(body)
    return Card(
        case=f"{repository_id(body)}/workflow/{run.word('workflow_id') or name}/{source}/{branch}",
        noun=N_("Workflow"),
        title=f"{name} · {branch}" if branch else name,
        url=run.text("html_url") or None,
        state=state,
        excerpt=excerpt(run.at("head_commit"), "message"),
        fields=fields(
            (N_("Repository"), repository(body)),
            (N_("Branch"), branch),
            (N_("Run"), f"#{run.word('run_number')}"),
            (N_("Started by"), run.text("actor", "login") or None),
        ),
        updated=_begun(run, action),
    )


def _workflow(body: Payload, run: Payload) -> str:
    """Return what people call the workflow; one without a name is called by its file, as on GitHub."""
    path = run.text("path").partition("@")[0] or body.text("workflow", "path")
    return run.text("name") or body.text("workflow", "name") or path or repository(body)


def _begun(run: Payload, action: str) -> int | None:
    """Return when the run began, and in its last digit how far it is.

    The latest run rules the card, whichever ends last; GitHub's times are whole seconds.
    """
    started = at(run, "run_started_at", "created_at", "updated_at")
    return None if started is None else started + [*RUN_VERBS].index(action)


def read_deployment_status(delivery: Delivery) -> Reading | Ignored:
    """Read ``deployment_status``. ``inactive`` is left out: a newer deployment took its place."""
    body, status = delivery.body, delivery.body.at("deployment_status")
    (ref, branch), environment = version(body.text("deployment", "ref")), status.text("environment")
    environment = environment or body.text("deployment", "environment")
    state = _DEPLOYED.get(status.text("state"))
    if state is None or not environment or not status.word("id"):
        return unread("deployment_status", status.text("state"))
    passing = state.kind is StateClass.DONE and body.flag("deployment", "transient_environment")
    when = at(status, "created_at", "updated_at")
    url = status.text("environment_url") or status.text("log_url") or status.text("target_url")
    url = url or page(body, "deployments")
    step = happened(
        body,
        _PREVIEWED if passing else _DEPLOYMENT_TOLD.get(state.kind, _ADVANCED),
        f"deployment:{status.word('id')}",
        when=when,
        url=url,
        ref=ref,
        environment=environment,
    )
    card = Card(
        case=f"{repository_id(body)}/deployment/{environment}",
        noun=N_("Deployment"),
        title=f"{repository(body)} · {environment}",
        url=url or None,
        state=state,
        excerpt=excerpt(status, "description"),
        fields=fields((N_("Repository"), repository(body)), (N_("Version"), ref)),
        updated=when,
    )
    return about(body, "deployment_status.created", card, step, branch)
