"""What owners are told about a source that is heard no more, or not as it should be: in their words."""

from collections.abc import Callable
from typing import TypeAlias

from appservice.languages import N_, Phrases
from bridges.actions import Refusal, Webhook
from bridges.auth import LetterAddress
from bridges.base import App
from bridges.cards import one_line
from bridges.connection import Connection
from bridges.health import ago
from bridges.pulling.store import Standing

Say: TypeAlias = Callable[[Connection, App, str, str, Phrases], str]
"""Returns what is said of a connection, its app, the name of its group and its page."""


def switched_off(webhook: Webhook) -> Say:
    """Return what is said of an app whose webhook does not work any more, by its own word."""

    def say(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
        text = N_("{app} calls no more for “{group}”: {why}.")
        fact = words(text, app=app.name, group=group, why=words(webhook.why))
        closing = words(N_("The address, the steps and a new secret: {page}"), page=page)
        return " ".join(part for part in (fact, words(app.when_silent), closing) if part)

    return say


def unfetched(refusal: Refusal) -> Say:
    """Return what is said where what was missed may not be asked for, or is too much."""

    def say(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
        fact = words(
            N_("What “{group}” missed of {app} while Parvis was away is not fetched: {why}"),
            app=app.name,
            group=group,
            why=words(refusal.why, **{key: one_line(one) for key, one in refusal.values.items()}),
        )
        text = N_("Look there yourself for what is older. All about the connection: {page}")
        if refusal.denied:
            text = N_(
                "All else goes on. A token that may is given on the page {page}; it needs {needs}."
            )
        needs = words(app.actions.needs) if app.actions else ""
        return f"{fact.strip()} {words(text, page=page, needs=needs)}"

    return say


def refused(standing: Standing) -> Say:
    """Return what is said of a source that refuses us; one that never answered has no time."""

    def say(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
        fact = words(
            N_("{app} refuses what “{group}” asks of it: {why}."),
            app=app.name,
            group=group,
            why=words(standing.trouble),
        )
        closing = words(N_("How it stands, and the form for the token: {page}"), page=page)
        return " ".join(part for part in (fact, words(app.when_refused), closing) if part)

    return say


def gone(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
    """Return what is said of a source that is gone for good."""
    text = N_(
        "What “{group}” reads from {app} is gone for good, says its server (HTTP 410); it is asked no more. "
        "Name its new address, or resume it: {page}"
    )
    return words(text, app=app.name, group=group, page=page)


def ended(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
    """Return what is said of an app that said its last word."""
    fact = words(N_("{app} says that it calls no more for “{group}”."), app=app.name, group=group)
    closing = words(N_("The address, the steps and a new secret: {page}"), page=page)
    return " ".join(part for part in (fact, words(app.when_ended), closing) if part)


def silent(connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
    """Return what is said of a silence against a connection's habit."""
    fact = words(
        _silence(connection, app),
        app=app.name,
        group=group,
        when=ago(connection.last_delivery or 0, words),
    )
    closing = words(
        N_("If nothing was to be told, all is well. The address and all else: {page}"), page=page
    )
    return " ".join(part for part in (fact, words(app.when_silent), closing) if part)


def _silence(connection: Connection, app: App) -> str:
    """Return how the silence is told of what calls, of what is asked, and of letters."""
    if connection.scheme == LetterAddress.slug:
        return N_(
            "The last letter for “{group}” came {when}, which is unlike its address. Write to it yourself: "
            "if your letter does not appear, look at what forwards to it, and at its mailbox."
        )
    if app.pull:
        return N_(
            "The last news of {app} for “{group}” came {when}, which is unlike it. Look whether what is "
            "read there still stands where it stood."
        )
    return N_(
        "{app} is silent: the last call for “{group}” came {when}, which is unlike it. Look there "
        "whether its webhook is still switched on and what its last calls were answered."
    )


def heard(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
    """Return what is said when it is over."""
    text = N_("{app} is heard again in “{group}”: {page}")
    return words(text, app=app.name, group=group, page=page)
