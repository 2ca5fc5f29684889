"""What is done at Trello for people who write in a card's thread.

Source: https://developer.atlassian.com/cloud/trello/rest/api-group-cards/ ,
.../api-group-actions/ ; key and token go in a header (.../guides/rest-api/authorization/).
"""

from urllib.parse import quote

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
    Missed,
    Outcome,
    Refusal,
    Task,
    Who,
    made,
    remarks,
    switched,
)
from bridges.markdown import plain, spoken


def _headers(account: Account) -> dict[str, str]:
    key, token = quote(account.user, safe=""), quote(account.token, safe="")
    return {"Authorization": f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'}


def _card(task: Task) -> str:
    return f"/cards/{quote(task.case, safe='')}"


_API = Api(_headers, _card, lambda _account: "/1")
_REMARKS = remarks("list", lambda one: one.text("data", "text"), "date")


_PAGE, _MOST_PAGES = 300, 20
_TOO_MUCH = Refusal(
    N_("more than {number} things happened on the board, and only the newest are told."),
    {"number": str(_PAGE * _MOST_PAGES)},
)
_NO_BOARD = Refusal(N_("No call came yet that says which board it is."))


def _written(task: Task) -> str:
    return f"**{plain(task.author)}:** {spoken(task.words)}"


def comment(task: Task) -> Call | Refusal:
    """Write a comment; the id of the answer is that of the action which its webhook tells."""
    body = {"text": _written(task)}
    return _API.on_case("POST", task, "/actions/comments", body, then=made, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the newest comments."""
    rest = "/actions?filter=commentCard&limit=100"
    return _API.on_case("GET", task, rest, then=_REMARKS)


def close(task: Task) -> Call | Refusal:
    """Archive the card."""
    return _API.on_case("PUT", task, "", {"closed": True})


def assign(task: Task) -> Call | Refusal:
    """Look for the member on the card's board, then put them on the card, beside who is there."""
    name = task.words.removeprefix("@").lower()

    def on_board(card: Heard) -> Outcome:
        there, board = card.body.texts("idMembers"), quote(card.body.text("idBoard"), safe="")

        def among(listed: Heard) -> Outcome:
            for one in listed.body.items("list"):
                if name in {one.text("username").lower(), one.text("fullName").lower()}:
                    everybody = ",".join(dict.fromkeys([*there, one.text("id")]))
                    return _API.on_case("PUT", task, "", {"idMembers": everybody})
            values = {"app": "Trello", "who": task.words}
            return Refusal(N_("{app} knows nobody “{who}”."), values)

        return _API.call("GET", task.account, f"/boards/{board}/members", then=among)

    return _API.on_case("GET", task, "?fields=idBoard,idMembers", then=on_board)


def create(task: Task) -> Call | Refusal:
    """Make a card in the list of the card whose thread it was asked in."""

    def beside(heard: Heard) -> Outcome:
        body = {"idList": heard.body.text("idList"), "name": task.words, "desc": plain(task.author)}
        return _API.call("POST", task.account, "/cards", body, then=made, once=True)

    return _API.on_case("GET", task, "?fields=idList", then=beside)


def edit(task: Task) -> Call | Refusal:
    """Change a comment."""
    path = f"/actions/{quote(task.remote, safe='')}/comments"
    return _API.on_case("PUT", task, path, {"text": _written(task)})


def delete(task: Task) -> Call | Refusal:
    """Delete a comment."""
    return _API.on_case("DELETE", task, f"/actions/{quote(task.remote, safe='')}/comments")


def missed(gap: Gap) -> Call | Refusal:
    """List the actions of the board since then, a page after the other, newest first.

    Source: .../api-group-boards/#api-boards-id-actions-get ; a page may hold 1000, which is more than
    we hear of long comments, and *before* takes an action's id.
    """
    model = gap.last.at("model")
    place = quote(model.text("id"), safe="")
    if not place:
        return _NO_BOARD

    def page(known: tuple[Payload, ...], before: str) -> Call:
        def read(heard: Heard) -> Outcome:
            listed = heard.body.items("list")
            every = (*known, *listed)
            if len(listed) == _PAGE and len(every) < _MOST_PAGES * _PAGE:
                return page(every, listed[-1].word("id"))
            bodies = tuple({"model": model.fields, "action": one.fields} for one in every[::-1])
            return Missed(bodies, left_out=_TOO_MUCH if len(listed) == _PAGE else None)

        rest = f"&before={quote(before, safe='')}" if before else ""
        path = f"/boards/{place}/actions?since={quote(gap.since, safe='')}&limit={_PAGE}{rest}"
        return _API.call("GET", gap.account, path, then=read)

    return page((), "")


def webhook(gap: Gap) -> Call | Refusal:
    """Ask whether the webhook that called last is active.

    Source: .../api-group-webhooks/#api-webhooks-id-get .
    """
    place = quote(gap.last.text("webhook", "id"), safe="")
    if not place:
        return NO_HOOK

    def read(heard: Heard) -> Outcome:
        return switched(heard.body, "active")

    return _API.call("GET", gap.account, f"/webhooks/{place}", then=read)


def _check(account: Account) -> Call:
    def who(heard: Heard) -> Who:
        return Who(heard.body.text("id"), heard.body.text("username"))

    return _API.call("GET", account, "/members/me?fields=username", then=who)


ACTIONS = Actions(
    base_url="https://api.trello.com",
    user=N_("The key of your Power-Up"),
    user_is_key=True,
    needs=N_("a token with the scopes read and write, of an account that is on the board"),
    check=_check,
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    missed=missed,
    webhook=webhook,
    edit=edit,
    delete=delete,
)
