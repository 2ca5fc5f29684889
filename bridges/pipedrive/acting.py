"""What is done at Pipedrive for people who write in a deal's or lead's thread; its comments are notes.

Source: https://developers.pipedrive.com/docs/api/v1/Notes , .../api/v1/Users , .../api/v2/Deals
"""

from html import escape
from urllib.parse import quote

from appservice.languages import N_
from bridges.actions import (
    NO_HOOK,
    NO_WORD,
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
    made_at,
    remarks,
    switched,
)
from bridges.markup import text_of


def _place(task: Task) -> tuple[str, int | str]:
    """Return whether it is a deal or a lead, and its id: a number, or a UUID."""
    kind, _, identifier = task.case.partition("/")
    return kind, int(identifier) if identifier.isdecimal() else identifier


def _path(task: Task) -> str:
    kind, identifier = _place(task)
    place = quote(str(identifier), safe="")
    return f"/api/v2/deals/{place}" if kind == "deal" else f"/api/v1/leads/{place}"


_API = Api(lambda account: {"x-api-token": account.token}, _path)
_REMARKS = remarks("data", lambda one: text_of(one.text("content")), "add_time")
_MADE = made_at("data", "id")


def _written(task: Task) -> str:
    said = escape(task.words).replace("\n", "<br>")
    return f"<b>{escape(task.author)}:</b><br>{said}"


def comment(task: Task) -> Call | Refusal:
    """Add a note to the deal or lead."""
    kind, identifier = _place(task)
    body = {"content": _written(task), f"{kind}_id": identifier}
    return _API.call("POST", task.account, "/api/v1/notes", body, then=_MADE, once=True)


def comments(task: Task) -> Call | Refusal:
    """List the newest notes."""
    kind, identifier = _place(task)
    wanted = f"{kind}_id={quote(str(identifier), safe='')}&sort=add_time%20DESC&limit=100"
    return _API.call("GET", task.account, f"/api/v1/notes?{wanted}", then=_REMARKS)


def close(task: Task) -> Call | Refusal:
    """Call the deal lost; archive the lead. That it was won is said in Pipedrive."""
    said = {"status": "lost"} if _place(task)[0] == "deal" else {"is_archived": True}
    return _API.on_case("PATCH", task, "", said)


def assign(task: Task) -> Call | Refusal:
    """Look for the user by name or e-mail address, then make them the owner."""
    by_mail = "1" if "@" in task.words else "0"

    def found(heard: Heard) -> Outcome:
        people = [one for one in heard.body.items("data") if one.number("id")]
        if len(people) != 1:
            values = {"app": "Pipedrive", "who": task.words}
            return Refusal(N_("{app} knows nobody “{who}”."), values)
        return _API.on_case("PATCH", task, "", {"owner_id": people[0].number("id")})

    path = f"/api/v1/users/find?term={quote(task.words, safe='')}&search_by_email={by_mail}"
    return _API.call("GET", task.account, path, then=found)


def create(task: Task) -> Call | Refusal:
    """Make a deal."""
    return _API.call(
        "POST", task.account, "/api/v2/deals", {"title": task.words}, then=_MADE, once=True
    )


def edit(task: Task) -> Call | Refusal:
    """Change a note."""
    path = f"/api/v1/notes/{quote(task.remote, safe='')}"
    return _API.call("PUT", task.account, path, {"content": _written(task)})


def delete(task: Task) -> Call | Refusal:
    """Delete a note."""
    return _API.call("DELETE", task.account, f"/api/v1/notes/{quote(task.remote, safe='')}")


def _check(account: Account) -> Call:
    def who(heard: Heard) -> Who:
        return Who(heard.body.word("data", "id"), heard.body.text("data", "name"))

    return _API.call("GET", account, "/api/v1/users/me", then=who)


def webhook(gap: Gap) -> Call | Refusal:
    """Look for the webhook that called last among those there are.

    Source: https://developers.pipedrive.com/docs/api/v1/Webhooks
    """
    number = gap.last.word("meta", "webhook_id")
    if not number:
        return NO_HOOK

    def read(heard: Heard) -> Outcome:
        if "data" not in heard.body:
            return NO_WORD
        those = [one for one in heard.body.items("data") if one.word("id") == number]
        if not those:
            return Webhook(works=False, why=N_("the webhook is not there any more"))
        return switched(those[0], "is_active")

    return _API.call("GET", gap.account, "/api/v1/webhooks", then=read)


ACTIONS = Actions(
    needs=N_("the API token of a user who sees the deals of this connection"),
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
