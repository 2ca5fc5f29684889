"""What is done at GitLab for people who write in a card's thread.

Source: https://docs.gitlab.com/api/notes/ , https://docs.gitlab.com/api/issues/ ,
https://docs.gitlab.com/api/merge_requests/ and https://docs.gitlab.com/api/users/
"""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from appservice.languages import N_
from bridges.actions import (
    Account,
    Actions,
    Call,
    Heard,
    Outcome,
    Refusal,
    Remark,
    Remarks,
    Task,
    Who,
    call,
    done,
    made,
)
from bridges.instants import milliseconds
from bridges.markdown import signed

_PLACE = re.compile(r"/(.+?)/-/(issues|work_items|merge_requests)/(\d+)\Z")
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


def _on_subject(
    method: str,
    task: Task,
    rest: str,
    body: object = None,
    *,
    then: Callable[[Heard], Outcome] = done,
    once: bool = False,
) -> Call | Refusal:
    path = _subject(task)
    if not path:
        return _NOT_HERE
    headers = _headers(task.account)
    return call(method, path + rest, then, headers=headers, json_body=body, once=once)


def comment(task: Task) -> Call | Refusal:
    """Write a note."""
    return _on_subject("POST", task, "/notes", {"body": signed(task)}, then=made, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the newest notes."""
    rest = "/notes?sort=desc&order_by=created_at&per_page=100"
    return _on_subject("GET", task, rest, then=_remarks)


def close(task: Task) -> Call | Refusal:
    """Close an issue, or a merge request without merging it."""
    return _on_subject("PUT", task, "", {"state_event": "close"})


def assign(task: Task) -> Call | Refusal:
    """Look for the person, then make them the one who is assigned."""
    name = task.words.removeprefix("@")
    if not _subject(task):
        return _NOT_HERE

    def found(heard: Heard) -> Outcome:
        people = [one for one in heard.body.items("list") if one.number("id")]
        if not people:
            return Refusal(N_("{app} knows nobody “{who}”."), {"app": "GitLab", "who": name})
        return _on_subject("PUT", task, "", {"assignee_ids": [people[0].number("id")]})

    path = f"/api/v4/users?username={quote(name, safe='')}"
    return call("GET", path, found, headers=_headers(task.account))


def create(task: Task) -> Call | Refusal:
    """Open an issue in the project of the case whose thread it was asked in."""
    if not _project(task):
        return _NOT_HERE
    said = {"title": task.words, "description": signed(task, text="")}
    path = f"{_project(task)}/issues"
    return call("POST", path, made, headers=_headers(task.account), json_body=said, once=True)


def edit(task: Task) -> Call | Refusal:
    """Change a note."""
    return _on_subject("PUT", task, f"/notes/{quote(task.remote)}", {"body": signed(task)})


def delete(task: Task) -> Call | Refusal:
    """Delete a note."""
    return _on_subject("DELETE", task, f"/notes/{quote(task.remote)}")


def _remarks(heard: Heard) -> Remarks:
    return Remarks(
        tuple(
            Remark(one.word("id"), one.text("body"), milliseconds(one.text("created_at")))
            for one in heard.body.items("list")
            if not one.flag("system")
        )
    )


def _check(account: Account) -> Call:
    """Ask who the account is, then what its token may: a project's token answers both."""

    def user(heard: Heard) -> Outcome:
        who = Who(heard.body.word("id"), heard.body.text("username"))

        def scopes(token: Heard) -> Who:
            has = token.body.texts("scopes")
            return who if "api" in has or not has else Who(who.id, who.name, N_("the scope api"))

        path = "/api/v4/personal_access_tokens/self"
        return call("GET", path, scopes, headers=_headers(account))

    return call("GET", "/api/v4/user", user, headers=_headers(account))


ACTIONS = Actions(
    base_url="https://gitlab.com",
    needs=N_("a project access token with the role Reporter and the scope api"),
    check=_check,
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    edit=edit,
    delete=delete,
)
