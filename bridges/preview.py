"""The bot's command that shows what a call would look like, by the options as they stand now.

Nothing is sent to the group's room, and nothing is remembered.
"""

import difflib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError, NotPermitted, PayloadRejected
from appservice.ids import RoomId
from appservice.languages import N_, Phrases, phrases
from appservice.payload import NotJson
from bridges.asking import GROUP, NAME, Asked, Asking
from bridges.base import App
from bridges.connection import Connection
from bridges.deliveries import Deliveries
from bridges.filters import trimmed, withheld
from bridges.mapping.failures import MappingFailed, said
from bridges.mapping.mapper import Mapper
from bridges.reader import Said, mapped, with_keys
from bridges.readings import Ignored, Reading
from bridges.samples import Sample, sample, sample_names
from bridges.telling import tell

_MOST_NAMED = 4


@dataclass(frozen=True)
class Preview:
    """What a call would say: *posts* are the bodies of what would be sent, in order.

    *sample* is empty where the call is the connection's last. *why* says why nothing would be
    told, as `filters.withheld` does; *ignored* and *refused* are what its app says of it.
    """

    app: App
    short: str
    sample: str
    posts: Sequence[str] = ()
    why: str = ""
    ignored: str = ""
    refused: str = ""


class PreviewCommand:
    """The executor; it is for the owners of the group."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        deliveries: Deliveries,
        asking: Asking,
        shared: Callable[[RoomId], Awaitable[bool]],
        mapper: Mapper,
    ) -> None:
        """*shared* tells whether other servers read a room."""
        self._apps = apps
        self._deliveries = deliveries
        self._asking = asking
        self._shared = shared
        self._mapper = mapper

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        which = Parameter(
            "sample", N_("a sample’s name; empty: the call that came last"), required=False
        )
        trial = Parameter(
            "mapping",
            N_("a mapping to try, which is not kept (admins)"),
            required=False,
            long=True,
        )
        return (
            Command(
                ("connection", "preview"),
                N_("Show what a call would look like"),
                self.preview,
                (NAME, which, GROUP, trial),
                present=self._present,
            ),
        )

    async def preview(self, request: Request) -> Preview:
        """Show what the last call would look like, or a sample, as the options stand."""
        asked, words = await self._asking.connection(request), phrases(request.language)
        connection, app = asked.connection, self._apps[asked.connection.app]
        mapping = _mapping(request, connection)
        call = await self._call(request, asked, app)
        try:
            reading = await mapped(self._mapper, app, mapping, call.headers, call.body)
        except PayloadRejected as error:
            return Preview(app, connection.short, call.name, refused=str(error))
        except MappingFailed as error:
            return Preview(app, connection.short, call.name, refused=said(error.failure, words))
        except NotJson:
            return Preview(app, connection.short, call.name, refused="no JSON")
        if isinstance(reading, Ignored):
            return Preview(app, connection.short, call.name, ignored=reading.reason)
        shared = await self._shared(connection.room_id)
        return _preview(call.name, reading, connection, app, words, shared=shared)

    async def _present(self, request: Request) -> Mapping[str, str]:
        return {"mapping": (await self._asking.connection(request)).connection.options.mapping}

    async def _call(self, request: Request, asked: Asked, app: App) -> Sample:
        """Return the sample that is named, else the last call, else the first sample."""
        names, wanted = sample_names(app), request.argument("sample")
        if wanted and wanted not in names:
            raise _unknown(wanted, names, app)
        if wanted:
            return sample(app, wanted)
        last = await self._deliveries.latest(asked.connection.id)
        if last is None and not names:
            raise CommandError(N_("No call came yet that could be shown."))
        if last is None:
            return sample(app, names[0])
        if not await self._asking.may_read_here(request, asked):
            raise CommandError(
                N_("Others read here. Ask me in our own conversation, or name a sample.")
            )
        return Sample("", last.headers, last.body)


def _mapping(request: Request, connection: Connection) -> str:
    """Return the mapping that stands, or the one that is to be tried: only admins write any."""
    standing = connection.options.mapping
    if "mapping" not in request.arguments:
        return standing
    wanted = request.argument("mapping").replace("\r\n", "\n")
    if wanted != standing and not request.is_admin:
        raise NotPermitted(N_("Only admins write mappings."))
    return wanted


def _preview(
    name: str, reading: Reading, connection: Connection, app: App, words: Phrases, *, shared: bool
) -> Preview:
    options = connection.options
    if why := withheld(reading, app, options, labels=(), shared=shared):
        return Preview(app, connection.short, name, why=why)
    heard = Said(
        seq=0,
        received=int(time.time() * 1000),
        connection=connection,
        app=app,
        reading=trimmed(with_keys(reading, 0), options),
    )
    rows = tell([heard], None, (), words, crowded=False).rows
    posts = tuple(str(row.content["body"]) for row in rows)
    return Preview(app, connection.short, name, posts)


def _unknown(wanted: str, names: Sequence[str], app: App) -> CommandError:
    likely = difflib.get_close_matches(wanted, names, n=_MOST_NAMED, cutoff=0.3)
    known = ", ".join((likely or list(names))[:_MOST_NAMED])
    return CommandError(
        N_("I know no sample “{name}” of {app}. There are for example: {known}"),
        name=wanted,
        app=app.name,
        known=known,
    )
