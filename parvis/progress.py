"""How far long work is: a bar on a terminal, plain lines elsewhere; on stderr."""

import sys

import click

_WIDTH = 30
_LINES = 10
"""How many lines are written where there is no terminal."""


class Progress:
    """Shows a number of things that are done, out of a total."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._terminal = sys.stderr.isatty()
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Show that *done* of *total* are done."""
        share = done / total if total else 1.0
        if self._terminal:
            filled = int(_WIDTH * share)
            bar = "█" * filled + "░" * (_WIDTH - filled)
            click.echo(f"\r{bar} {int(100 * share):3} % {self._what}", nl=done >= total, err=True)
        elif int(_LINES * share) != self._shown:
            self._shown = int(_LINES * share)
            click.echo(f"{self._what}: {done} of {total}", err=True)
