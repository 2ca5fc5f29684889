"""The command line. Results go to stdout, logs to stderr; exit codes: 0 fine, 1 failed, 2 bad usage
or config.
"""

import asyncio
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import structlog

from appservice.errors import ConfigError, FileFaults, ParvisError
from appservice.languages import N_
from parvis import __version__
from parvis.config import Config, load
from parvis.control import ask
from parvis.doctor.examination import Doctor
from parvis.doctor.findings import Verdict
from parvis.init import Answers, refuse_to_overwrite, write_files
from parvis.logs import log_to_stderr
from parvis.progress import Progress
from parvis.questions import Question, account, server_name, web_url
from parvis.terminal import terminal_language
from parvis.wiring import open_app
from spaces.blueprint import plan_of, read_answers
from spaces.kinds import built_in_kinds
from spaces.sheet import write_sheet

log = structlog.get_logger(__name__)

_config_option = click.option(
    "-c",
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    help="The settings, as `parvis init` writes them.",
)


_NO_HOMESERVER = (
    "The demo starts a homeserver of its own, which is not installed here.\n"
    "Add it with: pip install 'parvis[demo]' (in a checkout, `make setup` has it)."
)

_SIGNS = {Verdict.FINE: "✓", Verdict.WARNING: "!", Verdict.FAULT: "✗"}


class _Family(click.Group):
    """Translates our errors into exit codes, once."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(f"config: {error}", err=True)
            ctx.exit(2)
        except FileFaults as error:
            click.echo(str(error), err=True)
            ctx.exit(2)
        except ParvisError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)


@click.group(cls=_Family)
@click.version_option(__version__, prog_name="parvis")
def main() -> None:
    """Turn a Matrix homeserver into an organization's own social network."""
    # What we write, the database above all, is for our own account, whatever folder it lies in.
    os.umask(0o077)


@main.command()
@_config_option
def run(path: Path) -> None:
    """Serve, until Ctrl-C or SIGTERM."""
    config = load(path)
    log_to_stderr(config.logs.level, config.logs.format)
    asyncio.run(_serve(config))


@main.command()
@_config_option
def check(path: Path) -> None:
    """Name what is wrong with an installation, and its remedy."""
    if asyncio.run(_examine(load(path), path)):
        raise click.exceptions.Exit(1)


@main.command()
@_config_option
def rebuild(path: Path) -> None:
    """Make the feed's tables anew from the rooms, also while Parvis runs."""
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "rebuild", "rooms"))
    click.echo("The feed is built anew.")


@main.command()
@_config_option
def retire(path: Path) -> None:
    """Write who owns what, so that the organization can go on without Parvis."""
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "retire", "rooms"))


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_config_option
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def apply(path: Path, file: Path, *, dry_run: bool) -> None:
    """Make groups as FILE declares them; safe to interrupt and to repeat."""
    config = load(path)
    log_to_stderr()
    job = "preview" if dry_run else "apply"
    asyncio.run(_job(config, job, "groups", given=_text(file)))


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def blueprint(file: Path) -> None:
    """Print a first plan of groups from the answers in FILE, for `parvis apply`."""
    plan = plan_of(read_answers(_text(file)), built_in_kinds())
    for warning in plan.warnings:
        click.echo(f"! {warning}", err=True)
    click.echo(write_sheet(plan.groups), nl=False)


@main.command()
@_config_option
@click.option("--groups", is_flag=True, required=True, help="Print the groups, for `parvis apply`.")
def export(path: Path, *, groups: bool) -> None:
    """Print what stands; secret groups are left out."""
    del groups  # The one thing that can be asked for so far.
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "export", "groups"))


@main.group()
def people() -> None:
    """Who belongs, as the directory says."""


@people.command("load")
@_config_option
@click.option("--confirm", is_flag=True, help="Believe it, however many people are gone.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def load_people(path: Path, *, confirm: bool, dry_run: bool) -> None:
    """Read the directory now."""
    config = load(path)
    log_to_stderr()
    given = "rehearse" if dry_run else "confirm" if confirm else "load"
    asyncio.run(_job(config, "people", "people", given=given))


@people.command("show")
@_config_option
def show_people(path: Path) -> None:
    """Print how it stands with the directory."""
    config = load(path)
    log_to_stderr()
    asyncio.run(_job(config, "people", "people", given="show"))


def _first_question(ctx: click.Context, _parameter: click.Parameter, language: str) -> str:
    """Refuse before the questions what could only be refused after them."""
    if not ctx.params["force"]:
        refuse_to_overwrite(ctx.params["folder"])
    return language


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), is_eager=True)
@click.option("--force", is_flag=True, is_eager=True, help="Overwrite files that stand already.")
@click.option(
    "--language",
    type=click.Choice(["fr", "en"]),
    default=terminal_language,
    prompt="Langue, language",
    callback=_first_question,
)
@click.option(
    "--server-name",
    cls=Question,
    prompt=N_("Server name of your Matrix accounts (what stands behind their colon)"),
    callback=server_name,
)
@click.option(
    "--homeserver-url",
    cls=Question,
    prompt=N_("Address of the homeserver’s client API, from here"),
    default="http://127.0.0.1:8008",
    callback=web_url,
)
@click.option("--organization", cls=Question, prompt=N_("Name of the organization"))
@click.option(
    "--admin", cls=Question, prompt=N_("Your own Matrix account, like ana"), callback=account
)
@click.option(
    "--co-creator",
    cls=Question,
    prompt=N_(
        "Account that shares the creation of every room, so that you are never locked out; "
        "made for this, used by nobody"
    ),
    default="keeper",
    callback=account,
)
@click.option(
    "--public-url",
    cls=Question,
    prompt=N_("Address that people will type, like https://parvis.example.org"),
    callback=web_url,
)
def init(folder: Path, *, force: bool, **given: str) -> None:
    """Write config.yaml and registration.yaml; asks for what is not given."""
    typed = sys.argv[0] if sys.argv[0].endswith("bin/parvis") else "parvis"
    click.echo(write_files(folder, Answers(**given), overwrite=force, program=typed))


@main.command()
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path.home() / ".local" / "share" / "parvis-demo",
    show_default="~/.local/share/parvis-demo",
    help="Where the sample organization lives; the next start goes on with it.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the pages; 0: a free one."
)
@click.option("--homeserver-port", type=click.IntRange(0, 65535), default=0, help="0: a free one.")
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Written, as JSON, when everything answers.",
)
@click.option("--empty", is_flag=True, help="Make the organization without posts and cards.")
@click.option("--partner", is_flag=True, help="Add a partner organization with its homeserver.")
def demo(
    data_dir: Path,
    port: int,
    homeserver_port: int,
    ready_file: Path | None,
    *,
    empty: bool,
    partner: bool,
) -> None:
    """Start a sample organization on a homeserver of its own, until Ctrl-C or SIGTERM."""
    # The homeserver is an extra: a program that only serves does without it.
    if find_spec("synapse") is None:
        raise ParvisError(_NO_HOMESERVER)
    from parvis.demo.command import DemoOptions, run_demo  # noqa: PLC0415
    from parvis.demo.installation import Ports  # noqa: PLC0415

    log_to_stderr()
    ports = Ports(web=port, homeserver=homeserver_port)
    options = DemoOptions(data_dir, ports, ready_file, samples=not empty, partner=partner)
    asyncio.run(run_demo(options))


class _Terminal:
    """A Voice that speaks here: results to stdout, progress to stderr."""

    def __init__(self, what: str) -> None:
        self.progress = Progress(what)

    def tell(self, line: str) -> None:
        click.echo(line)


async def _job(config: Config, name: str, what: str, *, given: str = "") -> None:
    """Have the running program do a job; where none runs, start one for as long as it takes."""
    voice = _Terminal(what)
    if await ask(config.folder, name, voice, given=given):
        return
    async with open_app(config, keeps_up=False) as app:
        await app.machinery.greeted.wait()
        await ask(config.folder, name, voice, given=given)


async def _examine(config: Config, path: Path) -> int:
    """Print each finding as soon as it is known; return how many are faults."""
    faults = 0
    async for finding in Doctor(config, path=path).examine():
        click.echo(f"{_SIGNS[finding.verdict]} {finding.what}")
        if finding.remedy:
            click.echo(f"    → {finding.remedy}")
        faults += finding.verdict is Verdict.FAULT
    return faults


async def _serve(config: Config) -> None:
    """Serve until a signal asks to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, stop.set)
    async with open_app(config):
        log.info("Parvis serves", pages=config.web.public_url, **config.listeners)
        await stop.wait()
        log.info("Parvis ends")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFaults(f"{file}: {error}") from error
