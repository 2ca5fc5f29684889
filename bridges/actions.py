"""What an app's module gives for the way back: pure descriptions of calls, no I/O, no clock.

    Task --app--> Call --core sends--> Heard --call.then--> another Call | Done | Refusal

An action may need several calls (a name is looked up before it is assigned); each says by *then*
what its answer leads to. Answers that are no 2xx never reach *then*: the core says what they mean.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from appservice.payload import Payload


@dataclass(frozen=True)
class Account:
    """The account at the source that writes for everybody. *base* is without a slash at its end."""

    base: str
    token: str = field(repr=False)
    user: str = ""
    """What the app asks for beside the token: an e-mail address (Zendesk, Jira Cloud), a key (Trello)."""


@dataclass(frozen=True)
class Task:
    """What somebody wants done to a case, and by which account.

    *words* is a comment's text, a title, or a person's name at the source; *author* is the writer's
    name, plain and in one line; *mark* makes a comment known again; *remote* is the comment that is
    changed or deleted.
    """

    account: Account
    case: str = ""
    number: str = ""
    url: str = ""
    words: str = ""
    author: str = ""
    mark: str = ""
    since: str = ""
    """When the first try began (ISO 8601, UTC): an app may list comments from then on."""
    remote: str = ""
    public: bool = False
    """An answer for customers, where the app has notes for its own people too."""


@dataclass(frozen=True)
class Heard:
    """A 2xx answer; a list stands under ``list``. Header names are lower case."""

    body: Payload
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """It was done. *remote* is the id of the comment that was made, as its webhook will say it."""

    remote: str = ""


@dataclass(frozen=True)
class Refusal:
    """It cannot be done, and why: a msgid with its values."""

    why: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Who:
    """The account by its id at the source and its name there; *lacks*: a msgid, what it may not."""

    id: str
    name: str
    lacks: str = ""


@dataclass(frozen=True)
class Remark:
    """A comment at the source, for finding out whether one of ours arrived."""

    id: str
    text: str
    at: int | None = None


@dataclass(frozen=True)
class Remarks:
    """The newest comments of a case."""

    those: tuple[Remark, ...]


Outcome: TypeAlias = "Call | Done | Refusal | Who | Remarks"


@dataclass(frozen=True)
class Call:
    """An HTTP request below the account's base URL."""

    method: str
    path: str
    then: Callable[[Heard], Outcome]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    once: bool = False
    """Done twice it would be there twice; what only sets a value may be repeated."""


Act: TypeAlias = Callable[[Task], Call | Refusal]


@dataclass(frozen=True)
class Actions:
    """What can be done at an app's side, and what its account needs for it."""

    check: Callable[[Account], Call]
    """Leads to Who."""
    comment: Act
    comments: Act
    """Leads to Remarks."""
    close: Act
    assign: Act
    create: Act
    edit: Act | None = None
    delete: Act | None = None
    base_url: str = ""
    """Where the app's own service answers; empty: each customer has an address."""
    user: str = ""
    """A msgid: what is asked for beside the token; empty: nothing."""
    user_optional: bool = False
    needs: str = ""
    """A msgid: the least that the token must be allowed."""
    notes: bool = False
    """Comments are for the app's own people unless the connection says otherwise."""


def call(
    method: str,
    path: str,
    then: Callable[[Heard], Outcome],
    *,
    headers: Mapping[str, str],
    json_body: object = None,
    once: bool = False,
) -> Call:
    """Return a call that sends and takes JSON."""
    said = {"Accept": "application/json", **headers}
    if json_body is None:
        return Call(method, path, then, said, once=once)
    said["Content-Type"] = "application/json"
    return Call(method, path, then, said, json.dumps(json_body).encode(), once)


def done(heard: Heard) -> Done:
    """Return that it was done, whatever was answered."""
    del heard
    return Done()


def made(heard: Heard) -> Done:
    """Return that something was made which has an id."""
    return Done(heard.body.word("id"))
