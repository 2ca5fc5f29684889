"""What a measurement yields, and the table of them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line: *ratio* is ours to the other side's, both measured in this run.

    *aim* says what it should be; *detail* shows the two sides, for orientation.
    """

    name: str
    ratio: float
    aim: str
    detail: str


@dataclass(frozen=True)
class Rounds:
    """What both sides reached, round by round: ours, theirs, ours, theirs."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The ratio of the medians."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    def detail(self, unit: str, *, scale: float = 1.0) -> str:
        """Both medians, with the least and the most of each."""
        return f"{_spread(self.ours, scale)} {unit} against {_spread(self.theirs, scale)} {unit}"


def _spread(values: Sequence[float], scale: float) -> str:
    low, middle, high = (
        f"{value * scale:,.1f}" if value * scale < 100 else f"{value * scale:,.0f}"
        for value in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({low} to {high})"


def heading() -> str:
    """The first line of the table."""
    return f"{'figure':52} {'ratio':>6}   {'aim':13} ours against the other side: median (spread)"


def line(figure: Figure) -> str:
    """One line of the table."""
    return f"{figure.name:52} {figure.ratio:6.2f}   {figure.aim:13} {figure.detail}"
