"""Pipelines and their jobs: one card for what is run again and again.

A pipeline of a merge request is told by that one's card; a branch or tag has one card for all of
its pipelines.
"""

import re
from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.gitlab.moments import pipeline_time, seen_at
from bridges.gitlab.reading import about, at, happened, page, person, project, scope
from bridges.gitlab.stages import CANCELLED, FAILED, QUEUED, RUNNING, WAITING
from bridges.gitlab.subjects import merge_card, merge_case
from bridges.parts import Verbs, excerpt, unread
from bridges.readings import Card, Ignored, Importance, Reading, State, StateClass, fields

_QUIET = Importance.QUIET
PIPELINE_VERBS: Verbs = {
    "failed": (N_("Pipeline {pipeline} failed"), Importance.LOUD),
    "succeeded": (N_("Pipeline {pipeline} succeeded"), Importance.RECOVERY),
    "stopped": (N_("Pipeline {pipeline} did not run to its end"), _QUIET),
    "waiting": (N_("Pipeline {pipeline} waits"), _QUIET),
    "running": (N_("Pipeline {pipeline} is on its way"), _QUIET),
}
JOB_VERBS: Verbs = {
    "failed": (N_("The job {job} failed"), Importance.NORMAL),
    "succeeded": (N_("The job {job} succeeded"), Importance.NORMAL),
    "advanced": (N_("The job {job} advances"), _QUIET),
}
_PIPELINES: Mapping[str, tuple[str, State]] = {
    **dict.fromkeys(("created", "pending", "preparing"), ("running", QUEUED)),
    **dict.fromkeys(("waiting_for_resource", "waiting_for_callback"), ("running", QUEUED)),
    **dict.fromkeys(("running", "canceling"), ("running", RUNNING)),
    **dict.fromkeys(("manual", "scheduled"), ("waiting", WAITING)),
    "success": ("succeeded", State(N_("Succeeded"), StateClass.DONE)),
    "skipped": ("stopped", State(N_("Skipped"), StateClass.DONE)),
    "canceled": ("stopped", CANCELLED),
    "failed": ("failed", FAILED),
}
_MARKS = {"open": "○", "progress": "◐", "blocked": "⊖", "done": "✓", "failed": "⚠"}
"""As cards mark states: a field says the same in every language."""
_MOST_JOBS = 10
_OF_MERGE = re.compile(r"refs/merge-requests/(\d+)/", re.ASCII)


def read_pipeline(delivery: Delivery) -> Reading | Ignored:
    """Read ``pipeline``."""
    body, run = delivery.body, delivery.body.at("object_attributes")
    number, status = run.word("id"), run.text("status")
    if not number or status not in _PIPELINES:
        return unread("pipeline", status)
    done, state = _PIPELINES[status]
    seen, url = seen_at(body), run.text("url") or page(body, f"pipelines/{number}")
    card = _merge_card(body, state) or _pipeline_card(body, state, url)
    step = happened(
        body,
        PIPELINE_VERBS[done],
        f"pipeline:{number}:{status}:{seen}",
        when=seen,
        url=url,
        text=_failed_jobs(body) if done == "failed" else "",
        pipeline=f"#{number}",
    )
    branch = body.text("merge_request", "target_branch") or run.text("ref")
    return about(body, card, (f"pipeline.{done}", step), branch=branch)


def read_job(delivery: Delivery) -> Reading | Ignored:
    """Read ``build``: a step of its pipeline's card, told where it is asked for."""
    body, status = delivery.body, delivery.body.text("build_status")
    if not body.word("build_id") or not status:
        return unread("job", status)
    done = {"success": "succeeded", "failed": "failed"}.get(status, "advanced")
    when = at(body, "build_finished_at", "build_started_at", "build_created_at")
    key = f"job:{body.word('build_id')}:{status}"
    url = page(body, f"jobs/{body.word('build_id')}")
    step = happened(body, JOB_VERBS[done], key, when=when, url=url, job=body.text("build_name"))
    merge = _OF_MERGE.match(body.text("ref"))
    ref = body.text("ref")
    case = merge_case(body, merge[1]) if merge else _case(body, ref, tag=body.flag("tag"))
    card = Card(
        case=case,
        noun=N_("Merge request") if merge else N_("Pipeline"),
        number=f"!{merge[1]}" if merge else "",
        title=None if merge else f"{project(body)} · {ref}",
        updated=when,
    )
    return about(body, card, (f"job.{done}", step), branch="" if merge else ref)


def _merge_card(body: Payload, state: State) -> Card | None:
    """Return the part of a merge request's card that a pipeline tells; its state is not said."""
    merge = body.at("merge_request")
    known = merge_card(body, merge)
    if known is None:
        return None
    shown = f"{_MARKS[state.kind]} #{body.word('object_attributes', 'id')}"
    return Card(
        case=known.case,
        noun=known.noun,
        number=known.number,
        title=known.title,
        url=known.url,
        fields=() if _is_child(body) else fields((N_("Pipeline"), shown)),
        updated=pipeline_time(body),
    )


def _is_child(body: Payload) -> bool:
    """Tell a pipeline that another one began: it must not stand for that one, which may end otherwise."""
    return body.text("object_attributes", "source") == "parent_pipeline"


def _pipeline_card(body: Payload, state: State, url: str) -> Card:
    run = body.at("object_attributes")
    ref = run.text("ref")
    case, title = _case(body, ref, tag=run.flag("tag")), f"{project(body)} · {ref}"
    if _is_child(body):
        name = run.text("name")
        case, title = f"{case}/child/{name}", f"{title} ↳ {name}".rstrip()
    return Card(
        case=case,
        noun=N_("Pipeline"),
        title=title,
        url=url or None,
        state=state,
        excerpt=excerpt(body.at("commit"), "message"),
        fields=fields(
            (N_("Project"), project(body) or None),
            (N_("Branch"), ref),
            (N_("Run"), f"#{run.word('id')} {run.text('name')}".rstrip()),
            (N_("Started by"), person(body.at("user")) or None),
        ),
        updated=pipeline_time(body),
    )


def _case(body: Payload, ref: str, *, tag: bool) -> str:
    return f"{scope(body)}/pipeline/{'tag' if tag else 'branch'}/{ref}"


def _failed_jobs(body: Payload) -> str:
    """Return the jobs that made the pipeline fail, as lines."""
    failed = [
        f"{job.text('stage')}: {job.text('name')}"
        for job in body.items("builds")
        if job.text("status") == "failed" and not job.flag("allow_failure")
    ]
    more = [f"+ {len(failed) - _MOST_JOBS}"] if len(failed) > _MOST_JOBS else []
    return "\n".join(failed[:_MOST_JOBS] + more)
