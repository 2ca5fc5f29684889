"""What is done at Jira for people who write in a card's thread, Cloud and Data Center.

An account with an e-mail address is Cloud's (version 3, texts are trees); one without is Data
Center's (version 2, texts are wiki marks, the token is a personal one). Sources:
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/ ,
.../api-group-issues/ , https://docs.atlassian.com/software/jira/docs/api/REST/
"""

import base64
import re
from urllib.parse import quote

from appservice.languages import N_
from appservice.payload import Payload
from bridges.actions import (
    Account,
    Actions,
    Api,
    Call,
    Gap,
    Heard,
    Outcome,
    Refusal,
    Task,
    Who,
    made,
    remarks,
)
from bridges.jira.texts import text_of
from bridges.jira.webhook import switched_on

_WIKI = re.compile(r"([\\{}\[\]!|*_])")
_NO_END = Refusal(N_("From its state Jira offers no way to close it."))


def _is_cloud(account: Account) -> bool:
    return bool(account.user)


def _headers(account: Account) -> dict[str, str]:
    if not _is_cloud(account):
        return {"Authorization": f"Bearer {account.token}"}
    pair = base64.b64encode(f"{account.user}:{account.token}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _root(account: Account) -> str:
    return "/rest/api/3" if _is_cloud(account) else "/rest/api/2"


def _issue(task: Task) -> str:
    return f"/issue/{quote(task.case, safe='')}"


_API = Api(_headers, _issue, _root)
_REMARKS = remarks("comments", lambda one: text_of(one, "body", {}), "created")


def _written(task: Task) -> object:
    """Return the words below their author's name, as this Jira writes."""
    if not _is_cloud(task.account):
        author, words = (_WIKI.sub(r"\\\1", one) for one in (task.author, task.words))
        return f"*{author}:*\n{words}".strip()
    name = {"type": "text", "text": f"{task.author}:", "marks": [{"type": "strong"}]}
    lines = [line for line in task.words.split("\n") if line.strip()]
    blocks = [[name], *([{"type": "text", "text": line}] for line in lines)]
    content = [{"type": "paragraph", "content": block} for block in blocks]
    return {"type": "doc", "version": 1, "content": content}


def comment(task: Task) -> Call | Refusal:
    """Write a comment."""
    body = {"body": _written(task)}
    return _API.on_case("POST", task, "/comment", body, then=made, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the newest comments."""
    rest = "/comment?orderBy=-created&maxResults=100"
    return _API.on_case("GET", task, rest, then=_REMARKS)


def close(task: Task) -> Call | Refusal:
    """Take the first way that leads to a state of the category "done"."""

    def ways(heard: Heard) -> Outcome:
        for way in heard.body.items("transitions"):
            if way.text("to", "statusCategory", "key") == "done":
                return _API.on_case(
                    "POST", task, "/transitions", {"transition": {"id": way.word("id")}}
                )
        return _NO_END

    return _API.on_case("GET", task, "/transitions", then=ways)


def assign(task: Task) -> Call | Refusal:
    """Look for the person among those who may be assigned, then assign."""
    name, cloud = task.words.removeprefix("@"), _is_cloud(task.account)

    def found(heard: Heard) -> Outcome:
        people = heard.body.items("list")
        exact = [one for one in people if name.lower() in _names(one)]
        if len(exact) != 1 and len(people) != 1:
            return Refusal(N_("{app} knows nobody “{who}”."), {"app": "Jira", "who": name})
        who = exact[0] if len(exact) == 1 else people[0]
        named = {"accountId": who.text("accountId")} if cloud else {"name": who.text("name")}
        return _API.on_case("PUT", task, "/assignee", named)

    key = "query" if cloud else "username"
    wanted = quote(name, safe="")
    path = f"/user/assignable/search?issueKey={quote(task.number, safe='')}&{key}={wanted}"
    return _API.call("GET", task.account, path, then=found)


def create(task: Task) -> Call | Refusal:
    """Create an issue like the one whose thread it was asked in: same project, same type."""

    def like(heard: Heard) -> Outcome:
        said = heard.body.at("fields")
        fields = {
            "project": {"id": said.word("project", "id")},
            "issuetype": {"id": said.word("issuetype", "id")},
            "summary": task.words,
            "description": _written(Task(task.account, author=task.author)),
        }
        return _API.call("POST", task.account, "/issue", {"fields": fields}, then=made, once=True)

    return _API.on_case("GET", task, "?fields=project,issuetype", then=like)


def edit(task: Task) -> Call | Refusal:
    """Change a comment."""
    path = f"/comment/{quote(task.remote, safe='')}"
    return _API.on_case("PUT", task, path, {"body": _written(task)})


def delete(task: Task) -> Call | Refusal:
    """Delete a comment."""
    return _API.on_case("DELETE", task, f"/comment/{quote(task.remote, safe='')}")


def webhook(gap: Gap) -> Call | Refusal:
    """Ask whether the webhook that calls us is enabled; only administrators are told."""
    return switched_on(Api(_headers, _issue), gap, cloud=_is_cloud(gap.account))


def _names(person: Payload) -> set[str]:
    keys = ("displayName", "emailAddress", "name", "accountId")
    return {person.text(key).lower() for key in keys} - {""}


def _who(heard: Heard) -> Who:
    said = heard.body
    return Who(said.text("accountId") or said.text("name"), said.text("displayName"))


ACTIONS = Actions(
    user=N_("The account’s e-mail address (Cloud; empty for Data Center)"),
    user_optional=True,
    needs=N_("an account that may browse, comment on, move, assign and create issues there"),
    check=lambda account: _API.call("GET", account, "/myself", then=_who),
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    webhook=webhook,
    edit=edit,
    delete=delete,
)
