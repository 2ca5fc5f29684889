"""What others than GitHub Actions say of a commit: check suites, single checks, commit statuses.

What Actions checks is told by its workflow runs; single checks are told where a filter asks for them.
"""

from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import at, branch_of, repository
from bridges.github.runs import CONCLUSIONS, QUEUED, RUNNING
from bridges.github.verdicts import Check, verdict
from bridges.parts import Verbs, excerpt, unread
from bridges.readings import Ignored, Importance, Reading, State

_ACTIONS = "github-actions"
_STATUSES: Mapping[str, State] = {
    "pending": RUNNING,
    "success": CONCLUSIONS["success"],
    "failure": CONCLUSIONS["failure"],
    "error": CONCLUSIONS["failure"],
}
_ON_THE_WAY: Mapping[str, State] = {"queued": QUEUED, "in_progress": RUNNING}
SUITE_VERBS: Verbs = {"completed": (N_("The checks of an app ended"), Importance.LOUD)}
CHECK_VERBS: Verbs = {
    "created": (N_("A single check began"), Importance.QUIET),
    "rerequested": (N_("A single check was asked for again"), Importance.QUIET),
    "completed": (N_("A single check ended"), Importance.LOUD),
}
STATUS_VERBS: Verbs = {
    "pending": (N_("A check from outside began"), Importance.QUIET),
    "success": (N_("A check from outside succeeded"), Importance.QUIET),
    "failure": (N_("A check from outside failed"), Importance.LOUD),
    "error": (N_("A check from outside could not be carried out"), Importance.LOUD),
}


def read_check_suite(delivery: Delivery) -> Reading | Ignored:
    """Read ``check_suite``: how all checks of one app ended together."""
    body, suite = delivery.body, delivery.body.at("check_suite")
    action, conclusion = body.text("action"), suite.text("conclusion")
    state = CONCLUSIONS.get(conclusion)
    if action != "completed" or state is None or not suite.word("id"):
        return unread("check_suite", f"{action} {conclusion}".strip())
    if suite.text("app", "slug") == _ACTIONS:
        return Ignored("check_suite: told by its workflow runs")
    name = suite.text("app", "name") or suite.text("app", "slug")
    check = Check(
        name=name or repository(body),
        state=state,
        source=f"suite/{suite.word('app', 'id') or name}",
        branch=branch_of(suite.text("head_branch")),
        sha=suite.text("head_sha"),
        said=excerpt(suite.at("head_commit"), "message"),
        author=suite.text("head_commit", "author", "name"),
        message=suite.text("head_commit", "message"),
        key=f"suite:{suite.word('id')}:{suite.text('updated_at')}:{conclusion}",
        when=at(suite, "updated_at", "created_at"),
        since=at(suite, "created_at") or at(suite.at("head_commit"), "timestamp"),
    )
    return verdict(body, "check_suite.completed", check)


def read_check_run(delivery: Delivery) -> Reading | Ignored:
    """Read ``check_run``: one check of an app."""
    body, run, action = delivery.body, delivery.body.at("check_run"), delivery.body.text("action")
    conclusion, name = run.text("conclusion"), run.text("name")
    state = CONCLUSIONS.get(conclusion) if conclusion else _ON_THE_WAY.get(run.text("status"))
    if action not in CHECK_VERBS or state is None or not run.word("id") or not name:
        return unread("check_run", f"{action} {conclusion}".strip())
    suite = run.at("check_suite")
    check = Check(
        name=name,
        state=state,
        source=f"check/{run.word('app', 'id') or run.text('app', 'slug')}/{name}",
        branch=branch_of(suite.text("head_branch")),
        sha=run.text("head_sha"),
        said=run.text("output", "title") or excerpt(run.at("output"), "summary"),
        url=run.text("details_url") or run.text("html_url"),
        key=f"check:{run.word('id')}:{run.text('status')}:{conclusion}",
        when=at(run, "completed_at", "started_at"),
        since=at(suite, "created_at"),
    )
    return verdict(body, f"check_run.{action}", check)


def read_status(delivery: Delivery) -> Reading | Ignored:
    """Read ``status``: what a service outside of GitHub says of a commit."""
    body, word = delivery.body, delivery.body.text("state")
    state, context = _STATUSES.get(word), body.text("context") or "default"
    if state is None or not (body.word("id") or body.text("sha")):
        return unread("status", word)
    check = Check(
        name=context,
        state=state,
        source=f"status/{context}",
        branch=_branch(body),
        sha=body.text("sha"),
        said=excerpt(body, "description") or excerpt(body.at("commit", "commit"), "message"),
        author=body.text("commit", "author", "login")
        or body.text("commit", "commit", "author", "name"),
        url=body.text("target_url"),
        message=body.text("commit", "commit", "message"),
        key=f"status:{body.word('id') or body.text('sha')}:{word}",
        when=at(body, "updated_at", "created_at"),
        since=at(body.at("commit", "commit", "committer"), "date"),
    )
    return verdict(body, f"status.{word}", check)


def _branch(body: Payload) -> str:
    """Return the branch of which a commit is the newest, the main one before others."""
    every = [branch for branch in body.items("branches") if branch.text("name")]
    heads = [one for one in every if one.text("commit", "sha") == body.text("sha")] or every
    names = [one.text("name") for one in heads]
    main = body.text("repository", "default_branch")
    return main if main in names else next(iter(names), "")
