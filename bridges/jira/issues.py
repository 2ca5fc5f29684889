"""The card of a Jira issue, from whatever part of it a call carries.

Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.jira.texts import text_of
from bridges.readings import Card, Secrecy, State, StateClass, fields
from bridges.states import class_of

_EXCERPT = 400
_MOST_NAMED = 10
_SYSTEM = "[System] "
"""What service projects write before the types that they come with."""
_FLAG = "Impediment"
_CATEGORIES = {
    "new": StateClass.OPEN,
    "indeterminate": StateClass.PROGRESS,
    "done": StateClass.DONE,
}
FIELDS = (
    N_("Project"),
    N_("Priority"),
    N_("Assignee"),
    N_("Reporter"),
    N_("Due"),
    N_("Parent"),
    N_("Components"),
    N_("Fix versions"),
)


def issue_card(body: Payload, *, deleted: bool = False) -> Card | None:
    """Return the card of the call's issue, or None if it names none.

    The key of the case is the issue's id: its key changes when it is moved to another project.
    """
    issue, said = body.at("issue"), body.at("issue", "fields")
    if not issue.word("id"):
        return None
    return Card(
        case=issue.word("id"),
        noun=said.text("issuetype", "name").removeprefix(_SYSTEM) or N_("Issue"),
        number=issue.text("key"),
        title=said.text("summary") or None,
        url=browse_url(issue) or None,
        state=_state(said.at("status"), flagged=_is_flagged(said)),
        excerpt=text_of(said, "description", people(body))[:_EXCERPT]
        if "description" in said
        else None,
        fields=fields(
            (FIELDS[0], _name(said, "project")),
            (FIELDS[1], _name(said, "priority")),
            (FIELDS[2], _name(said, "assignee")),
            (FIELDS[3], _name(said, "reporter")),
            (FIELDS[4], said.text("duedate") if "duedate" in said else None),
            (FIELDS[5], _parent(said)),
            (FIELDS[6], _names(said, "components")),
            (FIELDS[7], _names(said, "fixVersions")),
        ),
        labels=said.texts("labels") if isinstance(said.fields.get("labels"), list) else None,
        confidential=bool(said.fields["security"]) if "security" in said else None,
        updated=_updated(body, said, deleted=deleted),
        deleted=deleted or None,
    )


def person(who: Payload) -> str:
    """Return how somebody is called; Data Center has names, Cloud display names alone."""
    return who.text("displayName") or who.text("name") or who.text("emailAddress")


def people(body: Payload) -> dict[str, str]:
    """Return the names of those whom the call names, by the ids by which texts mention them."""
    issue, comment = body.at("issue", "fields"), body.at("comment")
    known = [issue.at(role) for role in ("assignee", "reporter", "creator")]
    known += [comment.at("author"), comment.at("updateAuthor"), body.at("user")]
    return {
        one.text(key): one.text("displayName")
        for one in known
        for key in ("accountId", "name")
        if one.text(key) and one.text("displayName")
    }


def browse_url(issue: Payload) -> str:
    """Return the page of an issue: beside its API, unless that is the gateway for apps."""
    site, key = site_of(issue), issue.text("key")
    return f"{site}/browse/{key}" if site and key.replace("-", "").isalnum() else ""


def site_of(told: Payload) -> str:
    """Return where people find what its API's address names; empty if that is the gateway for apps."""
    site, found, _ = told.text("self").partition("/rest/")
    known = site.startswith(("https://", "http://")) and "//api.atlassian.com" not in site
    return site if found and known else ""


def secrecy(body: Payload) -> Secrecy:
    """Return who may learn of a call.

    A security level, a comment for some and a note among agents are for those who work in Jira.
    A call about a comment that does not say the issue's level (as Cloud's) stays inside.
    """
    comment, said = body.at("comment"), body.at("issue", "fields")
    restricted = bool(said.fields.get("security") or comment.fields.get("visibility"))
    inner = comment.fields.get("jsdPublic") is False or any(
        one.text("key") == "sd.public.comment" and one.flag("value", "internal")
        for one in comment.items("properties")
    )
    if restricted or inner:
        return Secrecy.CONFIDENTIAL
    unsaid = bool(comment) and "security" not in said
    return Secrecy.INTERNAL if unsaid else Secrecy.PUBLIC


def _is_flagged(said: Payload) -> bool:
    """Tell whether an issue bears the flag of boards, which stands in a field of any number."""
    own = [key for key in said.fields if key.startswith("customfield_")]
    return any(one.text("value") == _FLAG for key in own for one in said.items(key))


def _state(status: Payload, *, flagged: bool) -> State | None:
    name = status.text("name")
    if not name:
        return None
    kind = _CATEGORIES.get(status.text("statusCategory", "key"), class_of(name))
    waits = flagged or class_of(name) is StateClass.BLOCKED
    # "Waiting for customer" is work under way to Jira; people want to see that it waits.
    return State(name, StateClass.BLOCKED if waits and kind is not StateClass.DONE else kind)


def _updated(body: Payload, said: Payload, *, deleted: bool) -> int | None:
    """Return when the issue was as the call says; only the call itself knows of a deletion."""
    of_call = milliseconds(body.word("timestamp"))
    of_issue = milliseconds(said.text("updated"))
    times = (of_call, of_issue) if deleted or body.at("comment") else (of_issue, of_call)
    return next((at for at in times if at is not None), None)


def _name(said: Payload, key: str) -> str | None:
    if key not in said:
        return None
    return person(said.at(key)) or said.text(key, "key")


def _names(said: Payload, key: str) -> str | None:
    if key not in said:
        return None
    named = [name for one in said.items(key) if (name := one.text("name"))]
    rest = [f"+ {len(named) - _MOST_NAMED}"] if len(named) > _MOST_NAMED else []
    return ", ".join(named[:_MOST_NAMED] + rest)


def _parent(said: Payload) -> str | None:
    if "parent" not in said:
        return None
    parent = said.at("parent")
    return " ".join(one for one in (parent.text("key"), parent.text("fields", "summary")) if one)
