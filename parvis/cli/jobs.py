"""The commands that the running program does, where one runs (parvis/jobs.py)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from appservice.errors import FileFaults, NotGreeted
from parvis.cli.files import config_option, text_of
from parvis.config import Config, load
from parvis.control import ask, runs
from parvis.given_secrets import given_of
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
@click.option(
    "--secrets",
    "kept",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the new addresses and secrets to this file, for you alone, not to the terminal.",
)
def apply(path: Path, file: Path, kept: Path | None, *, dry_run: bool) -> None:
    """Make groups and connections as FILE says; safe to interrupt and to repeat."""
    config = load(path)
    log_to_stderr()
    given = given_of(text_of(file), file.parent, os.environ, all_of_them=not dry_run)
    if dry_run:
        asyncio.run(_job(config, "preview", "groups", given=given))
    else:
        asyncio.run(_apply(config, given, kept))


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


class _Paper:
    """A Voice that writes to a file which only its owner reads; it stands before there is anything to
    write, so that nothing that is said once is lost.
    """

    def __init__(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise FileFaults(f"{path}: {error.strerror}") from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    def tell(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()

    def progress(self, done: int, total: int) -> None:
        """Say nothing."""


class _Terminal:
    """A Voice that speaks here: results to stdout, progress to stderr."""

    def __init__(self, what: str) -> None:
        self.progress = Progress(what)

    def tell(self, line: str) -> None:
        click.echo(line)


async def _apply(config: Config, given: str, kept: Path | None) -> None:
    """Apply a file, and say what it made that is said once where nobody else reads along.

    What is not a terminal may be the log of some machine; then it waits on the connection's page.
    """
    voice = _Terminal("groups")
    paper = _Paper(kept) if kept else voice if sys.stdout.isatty() else None
    async with _program(config) as folder:
        await ask(folder, "apply", voice, given=given)
        if paper:
            await ask(folder, "secrets", paper, given=given)


async def _job(config: Config, name: str, what: str, *, given: str = "") -> None:
    """Have the running program do a job; where none runs, start one for as long as it takes."""
    async with _program(config) as folder:
        await ask(folder, name, _Terminal(what), given=given)


@asynccontextmanager
async def _program(config: Config) -> AsyncIterator[Path]:
    """Return where the running program is asked; where none runs, one does until the end.

    Raises NotGreeted if that one and the homeserver do not reach each other.
    """
    if await runs(config.folder):
        yield config.folder
        return
    # None runs, so all of the program is needed.
    from parvis.wiring import open_app  # noqa: PLC0415

    async with open_app(config, keeps_up=False) as app:
        if why := await app.machinery.first_greeting:
            raise NotGreeted(why)
        yield config.folder
