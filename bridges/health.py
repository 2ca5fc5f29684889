"""How it stands with a connection: whether calls come, what was withheld, what was put aside."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from appservice.commands.replies import quoted
from appservice.errors import PayloadRejected
from appservice.languages import N_, Phrases
from appservice.payload import NotJson
from bridges.connection import Connection, ConnectionState
from bridges.deliveries import FORGOTTEN, Deliveries, ParkedDelivery
from bridges.mapping.failures import Failure, said
from bridges.pulling.store import Pulls, Standing
from bridges.reader import MAPPING_FAILS, OPTIONS_UNREADABLE

_STATES = {
    ConnectionState.WANTING: N_("waits for the secret of its app, on its page"),
    ConnectionState.WAITING: N_("waits for its first call"),
    ConnectionState.ACTIVE: N_("works"),
    ConnectionState.PAUSED: N_("paused"),
    ConnectionState.REMOVED: N_("removed"),
}
REASONS: Mapping[str, str] = {
    "confidential": N_("confidential"),
    "internal": N_("internal, and partners read here"),
    "event": N_("event that is left out"),
    "bot": N_("done by a program"),
    "actor": N_("person who is left out"),
    "branch": N_("branch that is left out"),
    "project": N_("project that is left out"),
    "label": N_("label that is left out"),
    "sender": N_("sender who may not write here"),
    FORGOTTEN: N_("about a case that was to be forgotten"),
    "unproved": N_("sender that no mail server vouches for"),
}
"""Why a call is not told (filters.withheld), in words."""
_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True)
class Health:
    """A connection with what became of its calls; *withheld* counts the last 30 days by reason."""

    connection: Connection
    parked: int
    withheld: Mapping[str, int]
    resting: int = 0
    standing: Standing | None = None
    """How it stands with its source, where one is asked."""


async def health_of(connection: Connection, deliveries: Deliveries, pulls: Pulls) -> Health:
    """Return how it stands with one connection."""
    parked = await deliveries.count_parked([connection.id])
    withheld = await deliveries.withheld(connection.id)
    resting = (await deliveries.resting()).get(connection.id, 0)
    standing = (await pulls.of([connection.id])).get(connection.id)
    return Health(connection, parked.get(connection.id, 0), withheld, resting, standing)


def state_said(connection: Connection, words: Phrases, standing: Standing | None = None) -> str:
    """Return its state and when it was called last: "works, last call 3 hours ago".

    Of a source that is asked (*standing*) it says when it answered last, and what is wrong with it.
    """
    asked = connection.state not in {ConnectionState.PAUSED, ConnectionState.WANTING}
    if standing and asked and not connection.fault:
        return _asked_said(standing, words)
    state = words(_STATES[connection.state])
    if connection.fault:
        state = words(N_("its options cannot be read; set them anew"))
    elif connection.is_silent and connection.state is ConnectionState.ACTIVE:
        state = words(N_("silent, which is unlike it"))
    if connection.last_delivery is None:
        return state
    return f"{state}, {words(N_('last call {when}'), when=ago(connection.last_delivery, words))}"


def _asked_said(standing: Standing, words: Phrases) -> str:
    when = ago(standing.asked, words) if standing.asked else words(N_("never"))
    if standing.stopped:
        return words(N_("is gone and is asked no more; name another source, or resume it"))
    if standing.trouble:
        said = N_("cannot be read: {why}; it answered last: {when}")
        return words(said, why=quoted(words(standing.trouble)), when=when)
    if not standing.asked:
        return words(N_("is about to be asked for the first time"))
    return words(N_("works, asked {when}"), when=when)


def withheld_said(withheld: Mapping[str, int], words: Phrases) -> Sequence[str]:
    """Return what was not told, most frequent first: "7 × confidential"."""
    often = sorted(withheld.items(), key=lambda item: -item[1])
    return [f"{number} × {words(REASONS.get(why, why))}" for why, number in often]


def parked_said(number: int, words: Phrases) -> str:
    """Return how many calls were put aside."""
    return words.plural(N_("{n} call was put aside"), N_("{n} calls were put aside"), number)


def resting_said(number: int, words: Phrases) -> str:
    """Return how many calls wait for the end of quiet hours; an empty text if none does."""
    if not number:
        return ""
    return words.plural(
        N_("{n} call waits for the end of the quiet hours"),
        N_("{n} calls wait for the end of the quiet hours"),
        number,
    )


def parked_line(call: ParkedDelivery, words: Phrases) -> str:
    """Return one call that was put aside: its number, when it came and why, in Markdown."""
    when, why = ago(call.received, words), quoted(cause_said(call, words))
    gone = "" if call.can_be_read else f" ({words(N_('no longer kept'))})"
    return f"{call.seq}, {when}: {why}{gone}"


def cause_said(call: ParkedDelivery, words: Phrases) -> str:
    """Return why a call was put aside, as far as its sender can mend it.

    What else a note says is for the log: it may quote what the call holds.
    """
    kind, _, text = call.why.partition(": ")
    if kind == PayloadRejected.__name__:
        return text
    if kind == NotJson.__name__:
        return words(N_("it is not JSON"))
    if kind == MAPPING_FAILS:
        return said(msgspec.json.decode(text, type=Failure), words)
    if kind == OPTIONS_UNREADABLE:
        return words(N_("the options could not be read"))
    return words(N_("it could not be read; the log says more"))


def ago(at: int, words: Phrases) -> str:
    """Return how long ago a time (milliseconds since 1970) is; it needs nobody's time zone."""
    seconds = max(0, int(time.time() - at / 1000))
    if seconds < _MINUTE:
        return words(N_("just now"))
    if seconds < _HOUR:
        return words.plural(N_("{n} minute ago"), N_("{n} minutes ago"), seconds // _MINUTE)
    if seconds < _DAY:
        return words.plural(N_("{n} hour ago"), N_("{n} hours ago"), seconds // _HOUR)
    return words.plural(N_("{n} day ago"), N_("{n} days ago"), seconds // _DAY)
