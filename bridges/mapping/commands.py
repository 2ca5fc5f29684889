"""The bot's command by which an admin says what calls of any form mean to a connection."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError
from appservice.languages import N_, Phrases, phrases
from bridges.asking import GROUP, NAME, Asked, Asking
from bridges.base import App, OwnForm
from bridges.connection import Connections
from bridges.mapping.failures import MappingFailed, said
from bridges.mapping.mapper import Mapper
from bridges.mapping.text import with_line

NONE = "none"


@dataclass(frozen=True)
class MappingStands:
    """A connection's mapping; *changed*: from now on."""

    short: str
    mapping: str
    changed: bool


class MappingCommand:
    """The executor; it is for admins, where they own the group."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        asking: Asking,
        mapper: Mapper,
    ) -> None:
        self._apps = apps
        self._connections = connections
        self._asking = asking
        self._mapper = mapper

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        line = Parameter(
            "line",
            N_("one field and what it becomes, such as title: {{ alert.name }}"),
            required=False,
            rest=True,
        )
        whole = Parameter(
            "mapping", N_("the whole mapping, a field a line; empty: none"), False, long=True
        )
        return (
            Command(
                ("connection", "mapping"),
                N_("Say what calls of any form mean, in Liquid"),
                self.map,
                (NAME, line, whole, GROUP),
                audience=Audience.ADMINS,
                present=self._present,
            ),
        )

    async def map(self, request: Request) -> MappingStands:
        """Change the mapping, by one line or as a whole, or show it."""
        asked = await self._asking.connection(request)
        connection, form = asked.connection, self._form(asked)
        standing = connection.options.mapping
        if not {"line", "mapping"} & request.arguments.keys():
            return MappingStands(connection.short, standing, changed=False)
        try:
            wanted = _wanted(request, standing, form)
            await self._mapper.check(wanted, form)
        except MappingFailed as error:
            why = said(error.failure, phrases(request.language))
            raise CommandError(N_("That mapping cannot be used: {why}."), why=why) from error
        await self._connections.alter(
            connection.id, lambda now: structs.replace(now, mapping=wanted)
        )
        return MappingStands(connection.short, wanted, changed=True)

    async def _present(self, request: Request) -> Mapping[str, str]:
        return {"mapping": (await self._asking.connection(request)).connection.options.mapping}

    def _form(self, asked: Asked) -> OwnForm:
        app = self._apps[asked.connection.app]
        if app.own_form is None:
            raise CommandError(
                N_("Parvis knows the calls of {app}; there is nothing to map."), app=app.name
            )
        return app.own_form


def _wanted(request: Request, standing: str, form: OwnForm) -> str:
    whole = request.argument("mapping").replace("\r\n", "\n").strip("\n")
    if "mapping" in request.arguments:
        standing = "" if whole.strip().lower() in {"", NONE} else whole
    line = request.argument("line")
    return with_line(standing, line, form) if line else standing


def stands(fact: MappingStands, words: Phrases) -> str:
    """Return how a mapping stands, in Markdown."""
    if not fact.mapping:
        return words(
            N_("`{name}` has no mapping: its calls must come in Parvis’s own form."),
            name=fact.short,
        )
    opening = N_("This makes posts of the calls of `{name}`:")
    if fact.changed:
        opening = N_("From now on this makes posts of the calls of `{name}`:")
    closing = N_("`connection preview {name}` shows what becomes of the last call.")
    fence = "`" * 3
    while fence in fact.mapping:
        fence += "`"
    shown = f"{fence}\n{fact.mapping}\n{fence}"
    return "\n\n".join([words(opening, name=fact.short), shown, words(closing, name=fact.short)])
