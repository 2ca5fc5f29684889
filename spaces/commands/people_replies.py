"""What is said about the directory that tells who belongs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from appservice.commands.replies import Reply, quoted
from appservice.ids import localpart
from appservice.languages import N_, Phrases
from spaces.people import DirectoryPerson
from spaces.rosters.alarm import trouble_told
from spaces.rosters.readings import DirectoryTrouble, Reading
from spaces.rosters.upkeep import Look

_SHOWN = 20


def look_told(look: Look, words: Phrases) -> str:
    """Return what a look at the directory brought, as plain lines."""
    if look.held:
        held = Reading(look.source, trouble=DirectoryTrouble.HELD, loss=look.held)
        return trouble_told(held, words)
    lines = [
        words(
            N_("“{source}”: {n} people; {new} new, {changed} changed, {gone} gone."),
            source=look.source,
            n=look.people,
            new=len(look.new),
            changed=len(look.changed),
            gone=len(look.gone),
        )
    ]
    named = {
        N_("New: {people}"): look.new,
        N_("Changed: {people}"): look.changed,
        N_("Gone: {people}"): look.gone,
    }
    lines += [words(text, people=_names(people)) for text, people in named.items() if people]
    return "\n".join([*lines, *look.faults[:_SHOWN]])


def standing_told(reading: Reading, words: Phrases) -> str:
    """Return how it stands with the directory, as plain lines."""
    if not reading.looked:
        return words(N_("“{source}” was not read yet."), source=reading.source)
    lines = [
        words(
            N_("“{source}”: {n} people, last believed {believed}, last looked at {looked}."),
            source=reading.source,
            n=reading.people,
            believed=_time(reading.believed),
            looked=_time(reading.looked),
        ),
        trouble_told(reading, words),
    ]
    return "\n".join(line for line in lines if line)


def _names(people: Sequence[DirectoryPerson]) -> str:
    shown = ", ".join(localpart(person.user_id) for person in people[:_SHOWN])
    return shown if len(people) <= _SHOWN else f"{shown}, …"


def _time(milliseconds: int) -> str:
    if not milliseconds:
        return "—"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _paragraphs(text: str) -> str:
    return "\n\n".join(quoted(line) for line in text.splitlines())


PEOPLE_REPLIES: Mapping[type, Reply] = {
    Look: lambda fact, words: _paragraphs(look_told(fact, words)),
    Reading: lambda fact, words: _paragraphs(standing_told(fact, words)),
}
