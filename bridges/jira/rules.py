"""Issues that a rule sends: of Automation, of a service project, or at a step of a workflow.

No name of an event comes with them: whoever made the rule knows what it is about. Sources:
https://support.atlassian.com/cloud-automation/docs/issue-data-automation-format-payload-for-send-web-request
and https://developer.atlassian.com/server/jira/platform/jira-service-desk-webhooks .
"""

from appservice.payload import Payload
from bridges.jira.changes import happened
from bridges.readings import Activity


def as_call(body: Payload) -> Payload | None:
    """Return the body with its issue where a webhook has it, or None if it holds none."""
    whole = body if body.at("issue") else Payload({"issue": body.fields})
    known = whole.at("issue", "fields") and whole.text("issue", "key")
    return whole if known else None


def sent(body: Payload, *, done: bool) -> tuple[str, Activity]:
    """Return the event, and what is said; a workflow's step says whence it leads and where."""
    when = body.word("timestamp") or body.text("issue", "fields", "updated")
    after = body.text("transition", "to_status")
    if not after:
        return "issue.sent", happened(body, "issue.sent", f"sent:{when}")
    item = Payload({"fromString": body.text("transition", "from_status"), "toString": after})
    event = "issue.resolved" if done else "issue.status"
    return event, happened(body, event, f"step:{when}", item)
