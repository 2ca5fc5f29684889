"""What is done at GitLab for people who write in a card's thread.

Source: https://docs.gitlab.com/api/notes/ , https://docs.gitlab.com/api/issues/ ,
https://docs.gitlab.com/api/merge_requests/ and https://docs.gitlab.com/api/users/
"""

import re
from urllib.parse import quote, urlsplit

from appservice.languages import N_
from appservice.payload import Payload
from bridges.actions import (
    NO_HOOK,
    Account,
    Actions,
    Api,
    Call,
    Gap,
    Heard,
    Outcome,
    Refusal,
    Task,
    Webhook,
    Who,
    made,
    remarks,
)
from bridges.markdown import signed

_PLACE = re.compile(r"\A/(?!groups/)(.+?)/-/(issues|work_items|merge_requests)/(\d+)\Z")
_OFF = frozenset({"disabled", "temporarily_disabled"})
_NOT_HERE = Refusal(N_("Only issues and merge requests can be answered."))


def _headers(account: Account) -> dict[str, str]:
    return {"PRIVATE-TOKEN": account.token}


def _project(task: Task) -> str:
    """Return the API's path of the case's project; below a folder of the host too."""
    found = _PLACE.search(_page(task))
    return f"/api/v4/projects/{quote(found[1], safe='')}" if found else ""


def _page(task: Task) -> str:
    root = urlsplit(task.account.base).path.rstrip("/")
    return urlsplit(task.url).path.removeprefix(root)


def _subject(task: Task) -> str:
    found = _PLACE.search(_page(task))
    if not found:
        return ""
    kind = "merge_requests" if found[2] == "merge_requests" else "issues"
    return f"{_project(task)}/{kind}/{found[3]}"


def _text(note: Payload) -> str:
    """Return what a note says; GitLab's own notes are nobody's words."""
    return "" if note.flag("system") else note.text("body")


_API = Api(_headers, _subject, nowhere=_NOT_HERE)
_REMARKS = remarks("list", _text, "created_at")


def comment(task: Task) -> Call | Refusal:
    """Write a note."""
    return _API.on_case("POST", task, "/notes", {"body": signed(task)}, then=made, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the newest notes."""
    rest = "/notes?sort=desc&order_by=created_at&per_page=100"
    return _API.on_case("GET", task, rest, then=_REMARKS)


def close(task: Task) -> Call | Refusal:
    """Close an issue, or a merge request without merging it."""
    return _API.on_case("PUT", task, "", {"state_event": "close"})


def assign(task: Task) -> Call | Refusal:
    """Look for the person, then make them the one who is assigned."""
    name = task.words.removeprefix("@")
    if not _subject(task):
        return _NOT_HERE

    def found(heard: Heard) -> Outcome:
        people = [one for one in heard.body.items("list") if one.number("id")]
        if not people:
            return Refusal(N_("{app} knows nobody “{who}”."), {"app": "GitLab", "who": name})
        return _API.on_case("PUT", task, "", {"assignee_ids": [people[0].number("id")]})

    path = f"/api/v4/users?username={quote(name, safe='')}"
    return _API.call("GET", task.account, path, then=found)


def create(task: Task) -> Call | Refusal:
    """Open an issue in the project of the case whose thread it was asked in."""
    if not _project(task):
        return _NOT_HERE
    said = {"title": task.words, "description": signed(task, text="")}
    path = f"{_project(task)}/issues"
    return _API.call("POST", task.account, path, said, then=made, once=True)


def edit(task: Task) -> Call | Refusal:
    """Change a note."""
    return _API.on_case("PUT", task, f"/notes/{quote(task.remote)}", {"body": signed(task)})


def delete(task: Task) -> Call | Refusal:
    """Delete a note."""
    return _API.on_case("DELETE", task, f"/notes/{quote(task.remote)}")


def _check(account: Account) -> Call:
    """Ask who the account is, then what its token may: a project's token answers both."""

    def user(heard: Heard) -> Outcome:
        who = Who(heard.body.word("id"), heard.body.text("username"))

        def scopes(token: Heard) -> Who:
            has = token.body.texts("scopes")
            return who if "api" in has or not has else Who(who.id, who.name, N_("the scope api"))

        path = "/api/v4/personal_access_tokens/self"
        return _API.call("GET", account, path, then=scopes)

    return _API.call("GET", account, "/api/v4/user", then=user)


def webhook(gap: Gap) -> Call | Refusal:
    """Look for the project's webhook that calls us; one of its group is seen by nobody here.

    Source: https://docs.gitlab.com/api/project_webhooks/
    """
    project = gap.last.word("project", "id")
    if not project.isdecimal():
        return NO_HOOK

    def page(rest: str) -> Call:
        def read(heard: Heard) -> Outcome:
            ours = [one for one in heard.body.items("list") if one.text("url") == gap.address]
            if ours:
                works = any(one.text("alert_status") not in _OFF for one in ours)
                return Webhook(works, N_("it switched the webhook off because its calls failed"))
            more = heard.headers.get("x-next-page", "")
            return page(f"&page={more}") if more.isascii() and more.isdecimal() else NO_HOOK

        path = f"/api/v4/projects/{project}/hooks?per_page=100{rest}"
        return _API.call("GET", gap.account, path, then=read)

    return page("")


ACTIONS = Actions(
    base_url="https://gitlab.com",
    needs=N_("a project access token with the role Reporter and the scope api"),
    check=_check,
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    webhook=webhook,
    edit=edit,
    delete=delete,
)
