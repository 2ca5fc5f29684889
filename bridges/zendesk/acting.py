"""What is done at Zendesk for people who write in a ticket's thread: notes for agents, as a rule.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and
.../ticketing/tickets/ticket_comments/ . Zendesk lets nobody change or delete a comment.
"""

import base64
from urllib.parse import quote

from appservice.languages import N_
from appservice.payload import Payload
from bridges.actions import (
    NO_HOOK,
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
    made_at,
    remarks,
    switched,
)

HOOK_HEADER = "x-zendesk-webhook-id"
"""Which webhook it is that calls."""

_TEAM = {"agent", "admin"}


def _headers(account: Account) -> dict[str, str]:
    pair = base64.b64encode(f"{account.user}/token:{account.token}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _ticket(task: Task) -> str:
    return f"/tickets/{quote(task.case.removeprefix('ticket/'), safe='')}"


def _text(comment: Payload) -> str:
    return comment.text("plain_body") or comment.text("body")


_API = Api(_headers, _ticket, lambda _account: "/api/v2")
_REMARKS = remarks("comments", _text, "created_at")


def _written(task: Task) -> str:
    return f"{task.author}:\n\n{task.words}".strip()


def comment(task: Task) -> Call | Refusal:
    """Add a note for agents; an answer for the customer, where the connection says so."""
    said = {"comment": {"body": _written(task), "public": task.public}}
    return _API.on_case("PUT", task, ".json", {"ticket": said}, then=_comment_made, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the newest comments."""
    return _API.on_case("GET", task, "/comments.json?sort_order=desc", then=_REMARKS)


def close(task: Task) -> Call | Refusal:
    """Solve the ticket: Zendesk closes it some days later by itself."""
    return _API.on_case("PUT", task, ".json", {"ticket": {"status": "solved"}})


def assign(task: Task) -> Call | Refusal:
    """Give the ticket to the agent with an e-mail address."""
    said = {"ticket": {"assignee_email": task.words}}
    return _API.on_case("PUT", task, ".json", said)


def create(task: Task) -> Call | Refusal:
    """Make a ticket whose first comment is a note."""
    note = {"body": _written(Task(task.account, author=task.author, words=task.words))}
    said = {"subject": task.words, "comment": {**note, "public": task.public}}
    return _API.call(
        "POST",
        task.account,
        "/tickets.json",
        {"ticket": said},
        then=made_at("ticket", "id"),
        once=True,
    )


def _comment_made(heard: Heard) -> Done:
    """Return the new comment's id: the answer names it among what the change's audit lists."""
    events = heard.body.items("audit", "events")
    made = (one.word("id") for one in events if one.text("type") == "Comment")
    return Done(next(made, ""))


def _who(heard: Heard) -> Who:
    user = heard.body.at("user")
    lacks = "" if user.text("role") in _TEAM else N_("the role of an agent")
    return Who(user.word("id"), user.text("name"), lacks)


def _check(account: Account) -> Call:
    return _API.call("GET", account, "/users/me.json", then=_who)


def webhook(gap: Gap) -> Call | Refusal:
    """Ask whether the webhook that called last is active.

    Source: https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
    """
    place = quote(gap.headers.get(HOOK_HEADER, ""), safe="")
    if not place:
        return NO_HOOK

    def read(heard: Heard) -> Outcome:
        return switched(heard.body.at("webhook"), "status", on="active")

    return _API.call("GET", gap.account, f"/webhooks/{place}", then=read)


def page(base: str, case: str) -> str:
    """Return the page of a ticket: an event does not say where its Zendesk is."""
    number = case.removeprefix("ticket/")
    return f"{base}/agent/tickets/{number}" if number.isascii() and number.isdecimal() else ""


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
    webhook=webhook,
    page=page,
)
