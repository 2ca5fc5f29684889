"""The bot's command that shows what a call would look like, by the options as they stand now.

Nothing is sent to the group's room, and nothing is remembered.
"""

import difflib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError, PayloadRejected
from appservice.ids import RoomId
from appservice.languages import N_, Phrases, phrases
from appservice.payload import NotJson
from bridges.asking import GROUP, NAME, Asked, Asking
from bridges.base import App, Ignored
from bridges.connection import Connection
from bridges.deliveries import Deliveries
from bridges.filters import trimmed, withheld
from bridges.reader import Said, understood, with_keys
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
    ) -> None:
        """*shared* tells whether other servers read a room."""
        self._apps = apps
        self._deliveries = deliveries
        self._asking = asking
        self._shared = shared

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        which = Parameter(
            "sample", N_("a sample’s name; empty: the call that came last"), required=False
        )
        return (
            Command(
                ("connection", "preview"),
                N_("Show what a call would look like"),
                self.preview,
                (NAME, which, GROUP),
            ),
        )

    async def preview(self, request: Request) -> Preview:
        """Show what the last call would look like, or a sample, as the options stand."""
        asked = await self._asking.connection(request)
        app = self._apps[asked.connection.app]
        call = await self._call(request, asked, app)
        shared = await self._shared(asked.connection.room_id)
        return _preview(call, asked.connection, app, phrases(request.language), shared=shared)

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


def _preview(
    call: Sample, connection: Connection, app: App, words: Phrases, *, shared: bool
) -> Preview:
    try:
        reading = understood(app, call.headers, call.body)
    except PayloadRejected as error:
        return Preview(app, connection.short, call.name, refused=str(error))
    except NotJson:
        return Preview(app, connection.short, call.name, refused="no JSON")
    if isinstance(reading, Ignored):
        return Preview(app, connection.short, call.name, ignored=reading.reason)
    options = connection.options
    if why := withheld(reading, app, options, labels=(), shared=shared):
        return Preview(app, connection.short, call.name, why=why)
    said = Said(
        seq=0,
        received=int(time.time() * 1000),
        connection=connection,
        app=app,
        reading=trimmed(with_keys(reading, 0), options),
    )
    rows = tell([said], None, (), words, crowded=False).rows
    posts = tuple(str(row.content["body"]) for row in rows)
    return Preview(app, connection.short, call.name, posts)


def _unknown(wanted: str, names: Sequence[str], app: App) -> CommandError:
    likely = difflib.get_close_matches(wanted, names, n=_MOST_NAMED, cutoff=0.3)
    known = ", ".join((likely or list(names))[:_MOST_NAMED])
    return CommandError(
        N_("I know no sample “{name}” of {app}. There are for example: {known}"),
        name=wanted,
        app=app.name,
        known=known,
    )
