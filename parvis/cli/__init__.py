"""The command line. Results go to stdout, logs to stderr; exit codes: 0 fine, 1 failed, 2 bad usage
or config.

Each command stands in a file that is loaded when it is called: nobody waits for what another needs.
"""

import os

import click

from parvis import __version__
from parvis.cli.family import Family, Place

_COMMANDS = (
    Place("run", "serving", "Serve, until Ctrl-C or SIGTERM."),
    Place("check", "checking", "Name what is wrong with an installation, and its remedy."),
    Place("rebuild", "jobs", "Make the feed's tables anew from the rooms, also while Parvis runs."),
    Place(
        "retire", "jobs", "Write who owns what, so that the organization can go on without Parvis."
    ),
    Place(
        "apply",
        "jobs",
        "Make groups and connections as FILE says; safe to interrupt and to repeat.",
    ),
    Place("export", "jobs", "Print what stands; secret groups are left out."),
    Place("people", "jobs", "Who belongs, as the directory says."),
    Place("blueprint", "planning", "Print a first plan of groups from the answers in FILE."),
    Place(
        "init", "beginning", "Write config.yaml and registration.yaml; asks for what is not given."
    ),
    Place("demo", "demo", "Start a sample organization on a homeserver of its own."),
)


@click.group(cls=Family, places=_COMMANDS)
@click.version_option(__version__, prog_name="parvis")
def main() -> None:
    """Turn a Matrix homeserver into an organization's own social network."""
    # What we write, the database above all, is for our own account, whatever folder it lies in.
    os.umask(0o077)
