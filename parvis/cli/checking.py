"""`parvis check`."""

import asyncio
from pathlib import Path

import click

from parvis.cli.files import config_option
from parvis.config import Config, load
from parvis.doctor.examination import Doctor
from parvis.doctor.findings import Verdict

_SIGNS = {Verdict.FINE: "✓", Verdict.WARNING: "!", Verdict.FAULT: "✗"}


@click.command()
@config_option
def check(path: Path) -> None:
    """Name what is wrong with an installation, and its remedy."""
    if asyncio.run(_examine(load(path), path)):
        raise click.exceptions.Exit(1)


async def _examine(config: Config, path: Path) -> int:
    """Print each finding as soon as it is known; return how many are faults."""
    faults = 0
    async for finding in Doctor(config, path=path).examine():
        click.echo(f"{_SIGNS[finding.verdict]} {finding.what}")
        if finding.remedy:
            click.echo(f"    → {finding.remedy}")
        faults += finding.verdict is Verdict.FAULT
    return faults
