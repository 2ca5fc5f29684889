"""`parvis demo`."""

from importlib.util import find_spec
from pathlib import Path

import click

from appservice.errors import ParvisError
from parvis.demo.command import run_demo
from parvis.demo.installation import DemoOptions, Ports
from parvis.event_loop import serve_on

_NO_HOMESERVER = (
    "The demo starts a homeserver of its own, which is not installed here.\n"
    "Add it with: pip install 'parvis[demo]' (in a checkout, `make setup` has it)."
)


@click.command()
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
    ports = Ports(web=port, homeserver=homeserver_port)
    options = DemoOptions(data_dir, ports, ready_file, samples=not empty, partner=partner)
    serve_on(run_demo(options))
