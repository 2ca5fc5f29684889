"""What another bridge's settings in a room would be as connections here: pure.

state of the room + connections of the group --> Proposal | Unequal, for each setting
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from appservice.errors import CommandError
from appservice.events import RoomEvent
from appservice.languages import N_, Phrases
from bridges.base import App
from bridges.connection import Connection
from bridges.option_words import with_words
from bridges.options import Options
from bridges.wishes import OLD_PREFIX, PREFIX, Loss, Wish

_MOST = 100
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Proposal:
    """One connection that would be the equal of a setting; *stands*: there is such a one."""

    app: App
    subject: str
    options: Options
    losses: tuple[Loss, ...]
    stands: bool = False


@dataclass(frozen=True)
class Unequal:
    """A setting of which nothing here is the equal; *why* fills from *values*."""

    setting: str
    subject: str
    why: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Survey:
    """All that a room's settings lead to; *more*: so many were not looked at."""

    proposals: tuple[Proposal, ...]
    unequal: tuple[Unequal, ...]
    more: int = 0


def survey(
    events: Iterable[RoomEvent],
    apps: Mapping[str, App],
    standing: Sequence[Connection],
    words: Phrases,
) -> Survey:
    """Return what the settings among *events* would be in a group with the connections *standing*."""
    settings = [event for event in events if _is_setting(event)]
    proposals: dict[tuple[str, str], Proposal] = {}
    unequal = []
    for event in settings[:_MOST]:
        app = next((one for one in apps.values() if event.type in one.takes_over), None)
        if app is None:
            why = N_("no app here is fed by it")
            unequal.append(Unequal(_kind(event), event.state_key or "", why, {}))
            continue
        try:
            proposal = _proposal(app, app.takes_over[event.type](event.content), words)
        except CommandError as error:
            shown = Unequal(_kind(event), _key(app, event), error.message, error.values)
            unequal.append(shown)
            continue
        proposals.setdefault(_sameness(app.slug, proposal.options), proposal)
    taken = {key for one in standing for key in _known_as(one)}
    return Survey(
        tuple(replace(one, stands=key in taken) for key, one in proposals.items()),
        tuple(unequal),
        max(0, len(settings) - _MOST),
    )


def _is_setting(event: RoomEvent) -> bool:
    """Tell a setting that is in force: one that was taken back is empty or says so."""
    known = event.type.startswith((PREFIX, OLD_PREFIX)) and event.state_key is not None
    return known and bool(event.content) and not event.content.flag("disabled")


def _proposal(app: App, wish: Wish, words: Phrases) -> Proposal:
    """Return what is wished, checked as if its owner had written it; or raise CommandError."""
    options = with_words(Options(), wish.options, app, words)
    subject = " ".join(wish.subject.split())[:_LONGEST_NAME]
    return Proposal(app, subject, structs.replace(options, name=subject), wish.losses)


def _sameness(app: str, options: Options) -> tuple[str, str]:
    """Return what two connections share that are for the same."""
    return app, options.source or ", ".join(options.projects) or options.name


def _known_as(connection: Connection) -> Iterator[tuple[str, str]]:
    """Walk what a connection is the same as, also where it had to take a longer name."""
    app, options = connection.app, connection.options
    yield _sameness(app, options)
    yield app, options.name.removeprefix(f"{app} ")


def free_name(proposal: Proposal, taken: Container[str]) -> Options:
    """Return the options of *proposal* with a name that no other connection of its group has."""
    if proposal.subject not in taken:
        return proposal.options
    name = f"{proposal.app.slug} {proposal.subject}"[:_LONGEST_NAME]
    return structs.replace(proposal.options, name=name)


def _kind(event: RoomEvent) -> str:
    return event.type.removeprefix(PREFIX).removeprefix(OLD_PREFIX)


def _key(app: App, event: RoomEvent) -> str:
    """Return what a setting is about; of a source not its address, which may open it."""
    return "" if app.pull else event.state_key or ""
