"""The files that commands are given."""

from pathlib import Path

import click

from appservice.errors import FileFaults

config_option = click.option(
    "-c",
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    help="The settings, as `parvis init` writes them.",
)


def text_of(file: Path) -> str:
    """Return what *file* holds, or raise FileFaults."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFaults(f"{file}: {error}") from error
