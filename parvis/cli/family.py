"""A group of commands, each loaded from its file when it is called; and their exit codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from appservice.errors import ConfigError, FileFaults, ParvisError


@dataclass(frozen=True)
class Place:
    """Where a command stands: `parvis/cli/<file>.py` binds it by its name. *summary* is its help."""

    name: str
    file: str
    summary: str

    def load(self) -> click.Command:
        """Return the command itself."""
        command: click.Command = getattr(import_module(f"parvis.cli.{self.file}"), self.name)
        return command


class Family(click.Group):
    """Loads commands at their call, and translates our errors into exit codes, once."""

    def __init__(self, *args: Any, places: Iterable[Place] = (), **options: Any) -> None:
        """Until it is called, each of *places* is represented by its name and its summary."""
        super().__init__(*args, **options)
        self.places = {place.name: place for place in places}
        for place in self.places.values():
            self.add_command(click.Command(place.name, help=place.summary))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group; the command that was found is loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.places[name].load() if name in self.places else command, rest

    def invoke(self, ctx: click.Context) -> object:
        """See click.Group."""
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
