"""Tells the admins, once, what keeps their directory from being believed."""

from collections.abc import Sequence

from appservice.commands.letters import Letters
from appservice.ids import UserId
from appservice.languages import N_, Phrases
from spaces.rosters.readings import DirectoryTrouble, Reading

_SHOWN = 5


class Alarm:
    """Writes to each admin when a trouble begins; the same trouble is told once, however long it lasts."""

    def __init__(self, *, letters: Letters, admins: Sequence[UserId]) -> None:
        self._letters = letters
        self._admins = tuple(admins)

    async def tell(self, reading: Reading) -> None:
        """Tell of the trouble that *reading* is in."""
        for admin in self._admins:
            key = f"directory:{reading.trouble}:{reading.since}:{admin}"
            await self._letters.send(admin, key, lambda words: trouble_told(reading, words))


def trouble_told(reading: Reading, words: Phrases) -> str:
    """Return what is wrong, and what to do, as plain text; empty where nothing is."""
    if reading.trouble is DirectoryTrouble.HELD and reading.loss:
        return _held(reading, words)
    shown = "\n".join(reading.faults[:_SHOWN])
    more = len(reading.faults) - _SHOWN
    if more > 0:
        shown += "\n" + words(N_("… and {n} more"), n=more)
    texts = {
        DirectoryTrouble.UNREAD: N_(
            "I could not read the directory “{source}”. Nobody is moved until I can.\n{faults}"
        ),
        DirectoryTrouble.FAULTS: N_(
            "Not every entry of the directory “{source}” makes a person:\n{faults}"
        ),
    }
    text = texts.get(reading.trouble, "")
    return words(text, source=reading.source, faults=shown) if text else ""


def _held(reading: Reading, words: Phrases) -> str:
    lost = reading.loss
    assert lost is not None  # noqa: S101 - whoever calls has looked
    text = (
        N_(
            "In the directory “{source}”, {n} of {total} people lost their “{attribute}”. I do not "
            "believe that, and move nobody. If it is right, write `people reload confirm`."
        )
        if lost.attribute
        else N_(
            "In the directory “{source}”, {n} of {total} people are gone. I do not believe that, "
            "and move nobody. If it is right, write `people reload confirm`."
        )
    )
    return words(
        text, source=reading.source, n=lost.lost, total=lost.before, attribute=lost.attribute
    )
