"""What the bot says about connections."""

from collections.abc import Mapping

from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from bridges.commands import Connected, ConnectionList, TestSent
from bridges.connection import ConnectionState

_STATES = {
    ConnectionState.WAITING: N_("waits for its first call"),
    ConnectionState.ACTIVE: N_("works"),
    ConnectionState.PAUSED: N_("paused"),
    ConnectionState.REMOVED: N_("removed"),
}


def _connected(fact: Connected, words: Phrases) -> str:
    steps = "\n".join(
        f"{number}. {words(step.text)}" for number, step in enumerate(fact.app.steps, start=1)
    )
    opening = words(
        N_(
            "{app} is ready to feed **{group}**. Open [this page]({page}) for the address and the "
            "secret, then:"
        ),
        app=fact.app.name,
        group=quoted(fact.group),
        page=fact.page,
    )
    closing = words(N_("`connection test {short}` shows a test card."), short=fact.short)
    return f"{opening}\n\n{steps}\n\n{closing}"


def _listed(fact: ConnectionList, words: Phrases) -> str:
    if not fact.connections:
        return words(N_("Nothing feeds **{group}** yet."), group=quoted(fact.group))
    return "\n".join(
        f"- `{connection.short}`: {words(_STATES[connection.state])}"
        for connection in fact.connections
    )


def _tested(fact: TestSent, words: Phrases) -> str:
    return words(N_("A test card is on its way to **{group}**."), group=quoted(fact.group))


REPLIES: Mapping[type, Reply] = {
    Connected: _connected,
    ConnectionList: _listed,
    TestSent: _tested,
}
