"""`parvis init`."""

import sys
from pathlib import Path

import click

from appservice.languages import N_
from parvis.init import Answers, refuse_to_overwrite, write_files
from parvis.questions import Question, account, server_name, web_url
from parvis.terminal import terminal_language


def _first_question(ctx: click.Context, _parameter: click.Parameter, language: str) -> str:
    """Refuse before the questions what could only be refused after them."""
    if not ctx.params["force"]:
        refuse_to_overwrite(ctx.params["folder"])
    return language


@click.command()
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
