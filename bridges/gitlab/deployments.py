"""Deployments: an environment has one card for all of them."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.base import Delivery
from bridges.gitlab.reading import about, at, happened, person, project, scope
from bridges.gitlab.stages import CANCELLED, FAILED, QUEUED, RUNNING, WAITING
from bridges.parts import Verbs, excerpt, unread, version
from bridges.readings import Card, Ignored, Importance, Reading, State, StateClass, fields

_QUIET, _LOUD = Importance.QUIET, Importance.LOUD
DEPLOYMENT_VERBS: Verbs = {
    "succeeded": (N_("{actor} deployed {ref} to {environment}"), _LOUD),
    "failed": (N_("The deployment of {ref} to {environment} failed"), _LOUD),
    "advanced": (N_("The deployment of {ref} to {environment} advances"), _QUIET),
}
_PREVIEWED = (N_("{actor} deployed {ref} to {environment}"), Importance.RECOVERY)
"""A review app, which goes with its change, is no news to all."""
_DEPLOYMENTS: Mapping[str, tuple[str, State]] = {
    "created": ("advanced", QUEUED),
    "blocked": ("advanced", WAITING),
    "running": ("advanced", RUNNING),
    "canceled": ("advanced", CANCELLED),
    "success": ("succeeded", State(N_("Deployed"), StateClass.DONE)),
    "failed": ("failed", FAILED),
}


def read_deployment(delivery: Delivery) -> Reading | Ignored:
    """Read ``deployment``: the environment's card."""
    body, status = delivery.body, delivery.body.text("status")
    environment, number = body.text("environment"), body.word("deployment_id")
    if status not in _DEPLOYMENTS or not environment or not number:
        return unread("deployment", status)
    done, state = _DEPLOYMENTS[status]
    (ref, branch), when = version(body.text("ref")), at(body, "status_changed_at")
    passing = body.text("environment_tier") == "development"
    ref = ref or body.text("short_sha")
    url = body.text("environment_external_url") or body.text("deployable_url")
    step = happened(
        body,
        _PREVIEWED if done == "succeeded" and passing else DEPLOYMENT_VERBS[done],
        f"deployment:{number}:{status}",
        when=when,
        url=body.text("deployable_url") or url,
        ref=ref or f"#{number}",
        environment=environment,
    )
    card = Card(
        case=f"{scope(body)}/environment/{environment}",
        noun=N_("Deployment"),
        title=f"{project(body)} · {environment}",
        url=url or None,
        state=state,
        excerpt=excerpt(body, "commit_title"),
        fields=fields(
            (N_("Project"), project(body) or None),
            (N_("Version"), ref),
            (N_("Started by"), person(body.at("user")) or None),
        ),
        updated=when,
    )
    return about(body, card, (f"deployment.{done}", step), branch=branch)
