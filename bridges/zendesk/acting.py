"""What is done at Zendesk for people who write in a ticket's thread: notes for agents, as a rule.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and
.../ticketing/tickets/ticket_comments/ . Zendesk lets nobody change or delete a comment.
"""

import base64
from collections.abc import Callable
from urllib.parse import quote

from appservice.languages import N_
from bridges.actions import (
    Account,
    Actions,
    Call,
    Done,
    Heard,
    Outcome,
    Remark,
    Remarks,
    Task,
    Who,
    call,
    done,
)
from bridges.instants import milliseconds

_TEAM = {"agent", "admin"}


def _call(
    method: str,
    task: Task,
    path: str,
    body: object = None,
    *,
    then: Callable[[Heard], Outcome] = done,
    once: bool = False,
) -> Call:
    account = task.account
    pair = base64.b64encode(f"{account.user}/token:{account.token}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    return call(method, "/api/v2" + path, then, headers=headers, json_body=body, once=once)


def _ticket(task: Task) -> str:
    return f"/tickets/{quote(task.case.removeprefix('ticket/'), safe='')}"


def _written(task: Task) -> str:
    return f"{task.author}:\n\n{task.words}".strip()


def comment(task: Task) -> Call:
    """Add a note for agents; an answer for the customer, where the connection says so."""
    said = {"comment": {"body": _written(task), "public": task.public}}
    path = f"{_ticket(task)}.json"
    return _call("PUT", task, path, {"ticket": said}, then=_comment_made, once=True)


def comments(task: Task) -> Call:
    """List the newest comments."""
    return _call("GET", task, f"{_ticket(task)}/comments.json?sort_order=desc", then=_remarks)


def close(task: Task) -> Call:
    """Solve the ticket: Zendesk closes it some days later by itself."""
    return _call("PUT", task, f"{_ticket(task)}.json", {"ticket": {"status": "solved"}})


def assign(task: Task) -> Call:
    """Give the ticket to the agent with an e-mail address."""
    said = {"ticket": {"assignee_email": task.words}}
    return _call("PUT", task, f"{_ticket(task)}.json", said)


def create(task: Task) -> Call:
    """Make a ticket whose first comment is a note."""
    note = {"body": _written(Task(task.account, author=task.author, words=task.words))}
    said = {"subject": task.words, "comment": {**note, "public": task.public}}
    return _call("POST", task, "/tickets.json", {"ticket": said}, then=_ticket_made, once=True)


def _comment_made(heard: Heard) -> Done:
    """Return the new comment's id: the answer names it among what the change's audit lists."""
    events = heard.body.items("audit", "events")
    made = (one.word("id") for one in events if one.text("type") == "Comment")
    return Done(next(made, ""))


def _ticket_made(heard: Heard) -> Done:
    return Done(heard.body.word("ticket", "id"))


def _remarks(heard: Heard) -> Remarks:
    listed = heard.body.items("comments")
    return Remarks(
        tuple(
            Remark(
                one.word("id"),
                one.text("plain_body") or one.text("body"),
                milliseconds(one.text("created_at")),
            )
            for one in listed
        )
    )


def _who(heard: Heard) -> Who:
    user = heard.body.at("user")
    lacks = "" if user.text("role") in _TEAM else N_("the role of an agent")
    return Who(user.word("id"), user.text("name"), lacks)


def _check(account: Account) -> Call:
    return _call("GET", Task(account), "/users/me.json", then=_who)


ACTIONS = Actions(
    user=N_("The agent’s e-mail address"),
    needs=N_("an API token, and an agent who sees the tickets of this connection"),
    notes=True,
    check=_check,
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
)
