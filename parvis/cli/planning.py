"""`parvis blueprint`."""

from pathlib import Path

import click

from parvis.cli.files import text_of
from spaces.blueprint import plan_of, read_answers
from spaces.kinds import built_in_kinds
from spaces.sheet import write_sheet


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def blueprint(file: Path) -> None:
    """Print a first plan of groups from the answers in FILE, for `parvis apply`."""
    plan = plan_of(read_answers(text_of(file)), built_in_kinds())
    for warning in plan.warnings:
        click.echo(f"! {warning}", err=True)
    click.echo(write_sheet(plan.groups), nl=False)
