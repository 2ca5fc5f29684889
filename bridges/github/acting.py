"""What is done at GitHub for people who write in a card's thread.

Source: https://docs.github.com/en/rest/issues/comments , https://docs.github.com/en/rest/issues/issues
and https://docs.github.com/en/rest/issues/assignees . Pull requests are issues there.
"""

import re
from urllib.parse import quote, urlsplit

from appservice.languages import N_
from bridges.actions import (
    Account,
    Actions,
    Api,
    Call,
    Done,
    Gap,
    Heard,
    Outcome,
    Refusal,
    Task,
    Who,
    made,
    remarks,
)
from bridges.github.missing import asked_again, switched_on
from bridges.markdown import signed

_PLACE = re.compile(r"/([\w.-]+)/([\w.-]+)/(?:issues|pull)/(\d+)\Z", re.ASCII)
_NOT_HERE = Refusal(N_("Only issues and pull requests can be answered."))


def _headers(account: Account) -> dict[str, str]:
    return {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {account.token}",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "Parvis",
    }


def _issue(task: Task) -> str:
    """Return the API's path of an issue, or an empty text; its page says where it is now."""
    found = _PLACE.search(urlsplit(task.url).path)
    return f"/repos/{found[1]}/{found[2]}/issues/{found[3]}" if found else ""


_API = Api(_headers, _issue, nowhere=_NOT_HERE)
_REMARKS = remarks("list", lambda one: one.text("body"), "created_at")


def comment(task: Task) -> Call | Refusal:
    """Write a comment."""
    return _API.on_case("POST", task, "/comments", {"body": signed(task)}, then=made, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the comments since the first try."""
    rest = f"/comments?per_page=100&since={quote(task.since)}"
    return _API.on_case("GET", task, rest, then=_REMARKS)


def close(task: Task) -> Call | Refusal:
    """Close an issue, or a pull request without merging it."""
    return _API.on_case("PATCH", task, "", {"state": "closed"})


def assign(task: Task) -> Call | Refusal:
    """Add an assignee; GitHub leaves out whom it may not be without a word, so we look."""
    login = task.words.removeprefix("@")

    def then(heard: Heard) -> Outcome:
        names = {one.text("login").lower() for one in heard.body.items("assignees")}
        if login.lower() in names:
            return Done()
        return Refusal(N_("GitHub knows nobody “{who}” who may be assigned there."), {"who": login})

    return _API.on_case("POST", task, "/assignees", {"assignees": [login]}, then=then)


def create(task: Task) -> Call | Refusal:
    """Open an issue in the repository of the case whose thread it was asked in."""
    found = _PLACE.search(urlsplit(task.url).path)
    if not found:
        return _NOT_HERE
    path = f"/repos/{found[1]}/{found[2]}/issues"
    said = {"title": task.words, "body": signed(task, text="")}
    return _API.call("POST", task.account, path, said, then=made, once=True)


def edit(task: Task) -> Call | Refusal:
    """Change a comment."""
    return _on_comment("PATCH", task, {"body": signed(task)})


def delete(task: Task) -> Call | Refusal:
    """Delete a comment."""
    return _on_comment("DELETE", task)


def _on_comment(method: str, task: Task, body: object = None) -> Call | Refusal:
    found = _PLACE.search(urlsplit(task.url).path)
    if not found or not task.remote.isdecimal():
        return _NOT_HERE
    path = f"/repos/{found[1]}/{found[2]}/issues/comments/{task.remote}"
    return _API.call(method, task.account, path, body)


def _who(heard: Heard) -> Who:
    """Return the account; a classic token's rights stand in a header, a fine-grained one's nowhere."""
    scopes = {one.strip() for one in heard.headers.get("x-oauth-scopes", "").split(",")} - {""}
    lacks = "" if not scopes or scopes & {"repo", "public_repo"} else N_("the scope repo")
    return Who(heard.body.text("login"), heard.body.text("login"), lacks)


def missed(gap: Gap) -> Call | Refusal:
    """Have GitHub call again for what did not reach us."""
    return asked_again(_API, gap)


ACTIONS = Actions(
    base_url="https://api.github.com",
    needs=N_(
        "a fine-grained token for the repository alone, with Issues and Pull requests: read and write; "
        "with Webhooks: read and write, what we missed is fetched too"
    ),
    check=lambda account: _API.call("GET", account, "/user", then=_who),
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    edit=edit,
    delete=delete,
    missed=missed,
    webhook=lambda gap: switched_on(_API, gap),
)
