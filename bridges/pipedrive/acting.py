"""What is done at Pipedrive for people who write in a deal's or lead's thread; its comments are notes.

Source: https://developers.pipedrive.com/docs/api/v1/Notes , .../api/v1/Users , .../api/v2/Deals
"""

from collections.abc import Callable
from html import escape
from urllib.parse import quote

from appservice.languages import N_
from bridges.actions import (
    Account,
    Actions,
    Call,
    Done,
    Heard,
    Outcome,
    Refusal,
    Remark,
    Remarks,
    Task,
    Who,
    call,
    done,
)
from bridges.instants import milliseconds
from bridges.pipedrive.cards import plain_text


def _call(
    method: str,
    task: Task,
    path: str,
    body: object = None,
    *,
    then: Callable[[Heard], Outcome] = done,
    once: bool = False,
) -> Call:
    headers = {"x-api-token": task.account.token}
    return call(method, path, then, headers=headers, json_body=body, once=once)


def _place(task: Task) -> tuple[str, int | str]:
    """Return whether it is a deal or a lead, and its id: a number, or a UUID."""
    kind, _, identifier = task.case.partition("/")
    return kind, int(identifier) if identifier.isdecimal() else identifier


def _path(task: Task) -> str:
    kind, identifier = _place(task)
    place = quote(str(identifier), safe="")
    return f"/api/v2/deals/{place}" if kind == "deal" else f"/api/v1/leads/{place}"


def _written(task: Task) -> str:
    said = escape(task.words).replace("\n", "<br>")
    return f"<b>{escape(task.author)}:</b><br>{said}"


def comment(task: Task) -> Call:
    """Add a note to the deal or lead."""
    kind, identifier = _place(task)
    body = {"content": _written(task), f"{kind}_id": identifier}
    return _call("POST", task, "/api/v1/notes", body, then=_made, once=True)


def comments(task: Task) -> Call:
    """List the newest notes."""
    kind, identifier = _place(task)
    wanted = f"{kind}_id={quote(str(identifier), safe='')}&sort=add_time%20DESC&limit=100"
    return _call("GET", task, f"/api/v1/notes?{wanted}", then=_remarks)


def close(task: Task) -> Call:
    """Call the deal lost; archive the lead. That it was won is said in Pipedrive."""
    said = {"status": "lost"} if _place(task)[0] == "deal" else {"is_archived": True}
    return _call("PATCH", task, _path(task), said)


def assign(task: Task) -> Call:
    """Look for the user by name or e-mail address, then make them the owner."""
    by_mail = "1" if "@" in task.words else "0"

    def found(heard: Heard) -> Outcome:
        people = [one for one in heard.body.items("data") if one.number("id")]
        if len(people) != 1:
            values = {"app": "Pipedrive", "who": task.words}
            return Refusal(N_("{app} knows nobody “{who}”."), values)
        return _call("PATCH", task, _path(task), {"owner_id": people[0].number("id")})

    path = f"/api/v1/users/find?term={quote(task.words, safe='')}&search_by_email={by_mail}"
    return _call("GET", task, path, then=found)


def create(task: Task) -> Call:
    """Make a deal."""
    return _call("POST", task, "/api/v2/deals", {"title": task.words}, then=_made, once=True)


def edit(task: Task) -> Call:
    """Change a note."""
    path = f"/api/v1/notes/{quote(task.remote, safe='')}"
    return _call("PUT", task, path, {"content": _written(task)})


def delete(task: Task) -> Call:
    """Delete a note."""
    return _call("DELETE", task, f"/api/v1/notes/{quote(task.remote, safe='')}")


def _made(heard: Heard) -> Done:
    return Done(heard.body.word("data", "id"))


def _remarks(heard: Heard) -> Remarks:
    return Remarks(
        tuple(
            Remark(
                one.word("id"),
                plain_text(one.text("content")),
                milliseconds(one.text("add_time")),
            )
            for one in heard.body.items("data")
        )
    )


def _check(account: Account) -> Call:
    def who(heard: Heard) -> Who:
        return Who(heard.body.word("data", "id"), heard.body.text("data", "name"))

    return _call("GET", Task(account), "/api/v1/users/me", then=who)


ACTIONS = Actions(
    needs=N_("the API token of a user who sees the deals of this connection"),
    check=_check,
    comment=comment,
    comments=comments,
    close=close,
    assign=assign,
    create=create,
    edit=edit,
    delete=delete,
)
