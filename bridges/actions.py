"""What an app's module gives for the way back: pure descriptions of calls, no I/O, no clock.

    Task --app--> Call --core sends--> Heard --call.then--> another Call | Done | Refusal

An action may need several calls (a name is looked up before it is assigned); each says by *then*
what its answer leads to. Answers that are no 2xx never reach *then*: the core says what they mean.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds


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
    """It cannot be done, and why: a msgid with its values. *denied*: the account may not."""

    why: str
    values: Mapping[str, str] = field(default_factory=dict)
    denied: bool = False


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


@dataclass(frozen=True)
class Gap:
    """A time of which not all calls may have come: from *since* (ISO 8601, UTC) until now.

    *last* is the newest call that is kept; it says where at the source the connection belongs.
    """

    account: Account
    last: Payload
    since: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """What is kept of that call's headers, by lower-case name."""
    address: str = field(default="", repr=False)
    """What the app was told to call; a secret."""


@dataclass(frozen=True)
class Missed:
    """What happened in a gap, oldest first, each as the body of the call that would have told it;
    none of what the source was asked to call again for.
    """

    bodies: tuple[Mapping[str, object], ...] = ()
    more: bool = False
    """The gap is not closed yet: it is to be asked for again soon."""
    left_out: Refusal | None = None
    """Why what is older than the *bodies* is not among them; None: it is."""


@dataclass(frozen=True)
class Webhook:
    """How the app's own side of a connection stands; *why* it does not work, a msgid."""

    works: bool
    why: str = ""


Outcome: TypeAlias = "Call | Done | Refusal | Who | Remarks | Missed | Webhook"


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
    missed: Callable[[Gap], Call | Refusal] | None = None
    """Leads to Missed; what came already may be among it: the ids of calls tell (``App.delivery_id``)."""
    webhook: Callable[[Gap], Call | Refusal] | None = None
    """Leads to Webhook."""
    edit: Act | None = None
    delete: Act | None = None
    page: Callable[[str, str], str] | None = None
    """Returns where a case stands below an account's base, for an app whose calls do not say it."""
    base_url: str = ""
    """Where the app's own service answers; empty: each customer has an address."""
    user: str = ""
    """A msgid: what is asked for beside the token; empty: nothing."""
    user_optional: bool = False
    user_is_key: bool = False
    """That is no name but a key: it is shown nowhere."""
    needs: str = ""
    """A msgid: the least that the token must be allowed."""
    notes: bool = False
    """Comments are for the app's own people unless the connection says otherwise."""


NO_HOOK = Refusal(N_("No call came yet that says which webhook it is."))


NO_WORD = Refusal(N_("Its answer says nothing of the webhook."))
"""A proxy's page for signing in comes as a 200 too."""


def switched(hook: Payload, key: str, *, on: str | bool = True) -> Webhook | Refusal:
    """Return how a webhook stands that people switch on and off at its app: *key* says *on* if it is."""
    said = hook.fields.get(key)
    if not isinstance(said, str | int):
        return NO_WORD
    return Webhook(said == on, N_("the webhook is not active there"))


def done(heard: Heard) -> Done:
    """Return that it was done, whatever was answered."""
    del heard
    return Done()


def made_at(*path: str) -> Callable[[Heard], Done]:
    """Return what tells that something was made whose id stands at *path*."""
    return lambda heard: Done(heard.body.word(*path))


made = made_at("id")


def remarks(key: str, text: Callable[[Payload], str], at: str) -> Callable[[Heard], Remarks]:
    """Return what reads the comments listed under *key*, but for those whose *text* is empty; *at*
    names the field with their time.
    """

    def read(heard: Heard) -> Remarks:
        spoken = [(one, said) for one in heard.body.items(key) if (said := text(one))]
        return Remarks(
            tuple(Remark(one.word("id"), said, milliseconds(one.text(at))) for one, said in spoken)
        )

    return read


@dataclass(frozen=True)
class Api:
    """How an app is called below the account's base URL, and where a case stands there."""

    headers: Callable[[Account], Mapping[str, str]]
    case: Callable[[Task], str]
    """Returns the path of a case, below *root*; an empty text if it has none."""
    root: Callable[[Account], str] = lambda _account: ""
    nowhere: Refusal = Refusal("")
    """What is said of a case without a path."""

    def call(
        self,
        method: str,
        account: Account,
        path: str,
        body: object = None,
        *,
        then: Callable[[Heard], Outcome] = done,
        once: bool = False,
    ) -> Call:
        """Return a call of *path* that sends and takes JSON."""
        said = {"Accept": "application/json", **self.headers(account)}
        raw = b""
        if body is not None:
            said["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        return Call(method, self.root(account) + path, then, said, raw, once)

    def on_case(
        self,
        method: str,
        task: Task,
        rest: str = "",
        body: object = None,
        *,
        then: Callable[[Heard], Outcome] = done,
        once: bool = False,
    ) -> Call | Refusal:
        """Return a call of the case's path with *rest* behind it."""
        if place := self.case(task):
            return self.call(method, task.account, place + rest, body, then=then, once=once)
        return self.nowhere
