"""How far the building of the sample organization is, on stderr."""

import sys
from collections.abc import Callable

import click

from parvis.demo.organization import Organization

_CARD_CALLS = 20


class Steps:
    """A bar on a terminal, a line for each chapter elsewhere; on stderr."""

    def __init__(self, organization: Organization | None, *, samples: bool) -> None:
        """None: all stands already, and what is looked up is no news."""
        self._done, self._total, self._chapter = 0, 0, ""
        if organization is None:
            return
        members = sum(len(group.members) + 1 for group in organization.groups)
        people = len(organization.everybody) + len(organization.partner_people)
        self._total = people + len(organization.groups) + members
        if samples:
            self._total += len(organization.posts)
            self._total += _CARD_CALLS if organization.connections else 0

    def __enter__(self) -> Callable[[str], None]:
        return self._step

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty() and self._done:
            click.echo("", err=True)

    def _step(self, chapter: str) -> None:
        if not self._total:
            return
        self._done = min(self._done + 1, self._total)
        if sys.stderr.isatty():
            filled = 30 * self._done // self._total
            bar = "█" * filled + "░" * (30 - filled)
            click.echo(
                f"\r{bar} {100 * self._done // self._total:3} % {chapter:8}", nl=False, err=True
            )
        elif chapter != self._chapter:
            click.echo(f"Building {chapter}…", err=True)
        self._chapter = chapter
