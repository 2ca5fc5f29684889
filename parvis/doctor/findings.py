"""What was found, in the organization's language."""

from dataclasses import dataclass
from enum import StrEnum

from appservice.languages import Phrases


class Verdict(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. *remedy* is empty where nothing is to be done."""

    what: str
    verdict: Verdict
    remedy: str = ""


class Pen:
    """Writes findings; texts are msgids, and *values* fill what is said and its remedy."""

    def __init__(self, words: Phrases) -> None:
        self._words = words

    def fine(self, what: str, /, **values: object) -> Finding:
        """Return that something is as it should be."""
        return Finding(self._words(what, **values), Verdict.FINE)

    def warning(self, what: str, remedy: str, /, **values: object) -> Finding:
        """Return what may be meant so."""
        return self._write(Verdict.WARNING, what, remedy, values)

    def fault(self, what: str, remedy: str, /, **values: object) -> Finding:
        """Return what keeps Parvis from working."""
        return self._write(Verdict.FAULT, what, remedy, values)

    def _write(
        self, verdict: Verdict, what: str, remedy: str, values: dict[str, object]
    ) -> Finding:
        return Finding(self._words(what, **values), verdict, self._words(remedy, **values))
