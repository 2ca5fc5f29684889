"""The commands that the running program does, where one runs (parvis/jobs.py)."""

import asyncio
from pathlib import Path

import click

from appservice.errors import NotGreeted
from parvis.cli.files import config_option, text_of
from parvis.config import Config, load
from parvis.control import ask
from parvis.logs import log_to_stderr
from parvis.progress import Progress


@click.command()
@config_option
def rebuild(path: Path) -> None:
    """Make the feed's tables anew from the rooms, also while Parvis runs."""
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "rebuild", "rooms"))
    click.echo("The feed is built anew.")


@click.command()
@config_option
def retire(path: Path) -> None:
    """Write who owns what, so that the organization can go on without Parvis."""
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "retire", "rooms"))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def apply(path: Path, file: Path, *, dry_run: bool) -> None:
    """Make groups as FILE declares them; safe to interrupt and to repeat."""
    config = load(path)
    log_to_stderr()
    job = "preview" if dry_run else "apply"
    asyncio.run(_job(config, job, "groups", given=text_of(file)))


@click.command()
@config_option
@click.option("--groups", is_flag=True, required=True, help="Print the groups, for `parvis apply`.")
def export(path: Path, *, groups: bool) -> None:
    """Print what stands; secret groups are left out."""
    del groups  # The one thing that can be asked for so far.
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "export", "groups"))


@click.group()
def people() -> None:
    """Who belongs, as the directory says."""


@people.command("load")
@config_option
@click.option("--confirm", is_flag=True, help="Believe it, however many people are gone.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def load_people(path: Path, *, confirm: bool, dry_run: bool) -> None:
    """Read the directory now."""
    config = load(path)
    log_to_stderr()
    given = "rehearse" if dry_run else "confirm" if confirm else "load"
    asyncio.run(_job(config, "people", "people", given=given))


@people.command("show")
@config_option
def show_people(path: Path) -> None:
    """Print how it stands with the directory."""
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "people", "people", given="show"))


class _Terminal:
    """A Voice that speaks here: results to stdout, progress to stderr."""

    def __init__(self, what: str) -> None:
        self.progress = Progress(what)

    def tell(self, line: str) -> None:
        click.echo(line)


async def _job(config: Config, name: str, what: str, *, given: str = "") -> None:
    """Have the running program do a job; where none runs, start one for as long as it takes.

    Raises NotGreeted if that one and the homeserver do not reach each other.
    """
    voice = _Terminal(what)
    if await ask(config.folder, name, voice, given=given):
        return
    # None runs, so all of the program is needed.
    from parvis.wiring import open_app  # noqa: PLC0415

    async with open_app(config, keeps_up=False) as app:
        if why := await app.machinery.first_greeting:
            raise NotGreeted(why)
        await ask(config.folder, name, voice, given=given)
