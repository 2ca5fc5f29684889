"""GitLab, as the core knows it: GitLab.com and self-managed, hooks of a project or a group.

Contract: https://docs.gitlab.com/user/project/integrations/webhooks/
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from appservice.languages import N_
from bridges.auth import SharedToken, StandardWebhooks
from bridges.base import App, Delivery, Event, SetUpStep
from bridges.gitlab import code, deployments, groups, plans, runs, talk, tracker
from bridges.gitlab.acting import ACTIONS
from bridges.gitlab.hookshot import TAKES_OVER
from bridges.parts import SEVERITIES, Verbs, declared
from bridges.readings import Ignored, Reading, Secrecy

_Reader = Callable[[Delivery], Reading | Ignored]

_READERS: Mapping[str, _Reader] = {
    "issue": tracker.read_issue,
    "work_item": tracker.read_issue,
    "merge_request": tracker.read_merge_request,
    "note": talk.read_note,
    "push": code.read_push,
    "tag_push": code.read_tag,
    "release": code.read_release,
    "wiki_page": code.read_wiki,
    "pipeline": runs.read_pipeline,
    "build": runs.read_job,
    "job": runs.read_job,
    "deployment": deployments.read_deployment,
    "milestone": plans.read_milestone,
    "feature_flag": plans.read_flag,
    "access_token": groups.read_token,
    "deploy_token": groups.read_token,
    **dict.fromkeys(groups.EVENTS, groups.read_change),
}
_FAMILIES: Mapping[str, Verbs] = {
    "issue": tracker.ISSUE_VERBS,
    "merge_request": tracker.MERGE_VERBS,
    "note": talk.NOTE_VERBS,
    "push": code.PUSH_VERBS,
    "tag": code.TAG_VERBS,
    "release": code.RELEASE_VERBS,
    "wiki": code.WIKI_VERBS,
    "pipeline": runs.PIPELINE_VERBS,
    "job": runs.JOB_VERBS,
    "deployment": deployments.DEPLOYMENT_VERBS,
    "milestone": plans.MILESTONE_VERBS,
    "feature_flag": plans.FLAG_VERBS,
    "member": groups.MEMBER_VERBS,
    "subgroup": groups.SUBGROUP_VERBS,
    "project": groups.PROJECT_VERBS,
    "access_token": groups.TOKEN_VERBS,
}
_OFF = {"push.branch_created", "push.branch_deleted", "tag.deleted"}
_OFF |= {f"job.{done}" for done in runs.JOB_VERBS}
_HEADER = "x-gitlab-event"
_CONFIDENTIAL = "Confidential "


def _read(delivery: Delivery) -> Reading | Ignored:
    header = delivery.header(_HEADER)
    named = header.removeprefix(_CONFIDENTIAL).removesuffix(" Hook").lower().replace(" ", "_")
    # Hooks of the whole instance name some events alone, not what they are about.
    kind = delivery.body.text("object_kind") or delivery.body.text("event_name") or named
    if kind not in _READERS:
        return Ignored(kind[:100] or "no object_kind")
    reading = _READERS[kind](delivery)
    if isinstance(reading, Reading) and header.startswith(_CONFIDENTIAL):
        return replace(reading, secrecy=Secrecy.CONFIDENTIAL)
    return reading


def _events() -> tuple[Event, ...]:
    every = [event for name, verbs in _FAMILIES.items() for event in declared(name, verbs)]
    return tuple(Event(event.name, event.meaning, event.name not in _OFF) for event in every)


APP = App(
    slug="gitlab",
    name="GitLab",
    actions=ACTIONS,
    schemes=(SharedToken("X-Gitlab-Token"), StandardWebhooks()),
    events=_events(),
    read=_read,
    takes_over=TAKES_OVER,
    # Not the event's UUID: what follows from one event shares it.
    delivery_id=lambda one: one.header("webhook-id") or one.header("idempotency-key"),
    headers=(_HEADER, "webhook-id", "idempotency-key"),
    fields=(
        N_("Project"),
        N_("Author"),
        N_("Assignees"),
        N_("Reviewers"),
        N_("Branch"),
        N_("Pipeline"),
        N_("Start"),
        N_("Due"),
        N_("Severity"),
        N_("Run"),
        N_("Started by"),
        N_("Version"),
    ),
    own_values=SEVERITIES,
    largest_body=25 * 1024 * 1024,
    when_silent=N_(
        "GitLab switches a webhook off when its calls fail; in Settings, Webhooks, a test switches it on again."
    ),
    steps=(
        SetUpStep(N_("In GitLab, open the project, then Settings, Webhooks, Add new webhook.")),
        SetUpStep(
            N_("Paste the address as URL and the secret as Secret token; keep SSL verification."),
            ("token",),
        ),
        SetUpStep(
            N_("Paste the address as URL and the secret as Signing token; keep SSL verification."),
            ("standard",),
        ),
        SetUpStep(
            N_(
                "Tick what the group should hear of: issues, comments, merge requests, pipelines, "
                "releases; then Add webhook."
            )
        ),
        SetUpStep(N_("Choose Test, Merge request events (or others): the call arrives at once.")),
    ),
)
