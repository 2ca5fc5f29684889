"""What is done at Trello for people who write in a card's thread.

Source: https://developer.atlassian.com/cloud/trello/rest/api-group-cards/ ,
.../api-group-actions/ ; key and token go in a header (.../guides/rest-api/authorization/).
"""

from collections.abc import Callable
from urllib.parse import quote

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
from bridges.markdown import plain, spoken


def _call(
    method: str,
    task: Task,
    path: str,
    body: object = None,
    *,
    then: Callable[[Heard], Outcome] = done,
    once: bool = False,
) -> Call:
    key, token = quote(task.account.user, safe=""), quote(task.account.token, safe="")
    proof = f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'
    headers = {"Authorization": proof}
    return call(method, "/1" + path, then, headers=headers, json_body=body, once=once)


def _card(task: Task) -> str:
    return f"/cards/{quote(task.case, safe='')}"


def _written(task: Task) -> str:
    return f"**{plain(task.author)}:** {spoken(task.words)}"


def comment(task: Task) -> Call:
    """Write a comment; the id of the answer is that of the action which its webhook tells."""
    body = {"text": _written(task)}
    return _call("POST", task, f"{_card(task)}/actions/comments", body, then=made, once=True)


def comments(task: Task) -> Call:
    """List the newest comments."""
    rest = f"{_card(task)}/actions?filter=commentCard&limit=100"
    return _call("GET", task, rest, then=_remarks)


def close(task: Task) -> Call:
    """Archive the card."""
    return _call("PUT", task, _card(task), {"closed": True})


def assign(task: Task) -> Call:
    """Look for the member on the card's board, then put them on the card, beside who is there."""
    name = task.words.removeprefix("@").lower()

    def on_board(card: Heard) -> Outcome:
        there, board = card.body.texts("idMembers"), quote(card.body.text("idBoard"), safe="")

        def among(listed: Heard) -> Outcome:
            for one in listed.body.items("list"):
                if name in {one.text("username").lower(), one.text("fullName").lower()}:
                    everybody = ",".join(dict.fromkeys([*there, one.text("id")]))
                    return _call("PUT", task, _card(task), {"idMembers": everybody})
            values = {"app": "Trello", "who": task.words}
            return Refusal(N_("{app} knows nobody “{who}”."), values)

        return _call("GET", task, f"/boards/{board}/members", then=among)

    return _call("GET", task, f"{_card(task)}?fields=idBoard,idMembers", then=on_board)


def create(task: Task) -> Call:
    """Make a card in the list of the card whose thread it was asked in."""

    def beside(heard: Heard) -> Outcome:
        body = {"idList": heard.body.text("idList"), "name": task.words, "desc": plain(task.author)}
        return _call("POST", task, "/cards", body, then=made, once=True)

    return _call("GET", task, f"{_card(task)}?fields=idList", then=beside)


def edit(task: Task) -> Call:
    """Change a comment."""
    path = f"{_card(task)}/actions/{quote(task.remote, safe='')}/comments"
    return _call("PUT", task, path, {"text": _written(task)})


def delete(task: Task) -> Call:
    """Delete a comment."""
    return _call("DELETE", task, f"{_card(task)}/actions/{quote(task.remote, safe='')}/comments")


def _remarks(heard: Heard) -> Remarks:
    return Remarks(
        tuple(
            Remark(one.text("id"), one.text("data", "text"), milliseconds(one.text("date")))
            for one in heard.body.items("list")
        )
    )


def _check(account: Account) -> Call:
    def who(heard: Heard) -> Who:
        return Who(heard.body.text("id"), heard.body.text("username"))

    return _call("GET", Task(account), "/members/me?fields=username", then=who)


ACTIONS = Actions(
    base_url="https://api.trello.com",
    user=N_("The key of your Power-Up"),
    needs=N_("a token with the scopes read and write, of an account that is on the board"),
    check=_check,
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    edit=edit,
    delete=delete,
)
