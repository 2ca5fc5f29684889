"""Shows the files that letters bring, below their posts.

    kept whole --> told? --> upload each --> outbox row, keyed by letter and number --> let go

Killed in between, a file may be uploaded again; its row stands once. What is withheld, ignored or told
by a digest has no post to stand below: it is let go.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import msgspec
import structlog
from prometheus_client import Counter

from appservice.account import Account
from appservice.errors import HomeserverError, PayloadRejected, RateLimited, Unreachable
from appservice.filetypes import HEAD, file_name, type_of
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing, pending
from appservice.payload import NotJson, Payload
from appservice.picture_notes import BrokenPicture, without_notes
from appservice.pictures import size_of
from bridges.base import App, Delivery, Enclosing, Enclosure
from bridges.cards import harmless
from bridges.casebook import Casebook, KnownCase
from bridges.connection import Connection, Connections, ConnectionState
from bridges.deliveries import Deliveries, DeliveryState
from bridges.letterbox.cloakroom import Cloakroom, Ticket
from bridges.letterbox.intake import lightened
from bridges.options import Mode
from bridges.readings import Reading
from bridges.row_keys import file_key, flat_key, root_key

_SOON, _LATE = 0.5, 60.0
"""Seconds until it is looked again whether a letter was told."""
_FORGOTTEN = 7 * 24 * 3600.0
_MOST, _LARGEST = 10, 10 * 1024 * 1024
_ON_THE_WIRE = _LARGEST * 78 // 57 + 16 * 1024

log = structlog.get_logger(__name__)

shown = Counter("parvis_letter_files_total", "Files of letters by outcome", ["outcome"])


class Unpacking:
    """The task."""

    def __init__(
        self,
        *,
        cloakroom: Cloakroom,
        apps: Mapping[str, App],
        connections: Connections,
        deliveries: Deliveries,
        casebook: Casebook,
        outbox: Outbox,
        bot: Account,
    ) -> None:
        self._cloakroom = cloakroom
        self._apps = apps
        self._connections = connections
        self._deliveries = deliveries
        self._casebook = casebook
        self._outbox = outbox
        self._bot = bot
        self.wake = asyncio.Event()
        """Set when a letter was kept."""

    async def unpack_for_ever(self) -> None:
        """Look at what is kept now, and whenever something comes; soon again while a letter waits."""
        pause = _SOON
        while True:
            self.wake.clear()
            left = await self._look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), pause if left else None)
            pause = _SOON if self.wake.is_set() or not left else min(2 * pause, _LATE)

    async def _look(self) -> bool:
        """Unpack what can be; tell whether something is left."""
        left = False
        for ticket in await asyncio.to_thread(self._cloakroom.waiting):
            try:
                done = await self._unpack(ticket)
            except (HomeserverError, OSError) as error:
                log.warning("files of a letter cannot be shown now", error=repr(error))
                done = False
            if done:
                await asyncio.to_thread(self._cloakroom.let_go, ticket)
            left |= not done
        return left

    async def _unpack(self, ticket: Ticket) -> bool:
        """Show the files of one letter; tell whether it is done with."""
        every = await self._connections.all()
        connection = next((one for one in every if one.page == ticket.page), None)
        if connection is None or connection.state is ConnectionState.REMOVED:
            return True
        state, note = await self._deliveries.standing(connection.id, ticket.letter)
        if state is not DeliveryState.DONE:
            return ticket.age > _FORGOTTEN
        app = self._apps.get(connection.app)
        enclosing = app.enclosing if app else None
        if (
            note
            or app is None
            or enclosing is None
            or not connection.options.allows(enclosing.field)
        ):
            return True
        raw = await asyncio.to_thread(self._cloakroom.letter, ticket)
        reading, files = await asyncio.to_thread(_read, app, enclosing, raw)
        root = await self._root(connection, reading)
        if root:
            await self._show(files, connection, ticket, root)
        return True

    async def _root(self, connection: Connection, reading: Reading | None) -> str:
        """Return the outbox key of the post that the files stand below; empty if there is none."""
        if reading is None or reading.card is None:
            return ""
        key = (connection.id, reading.card.case)
        known: KnownCase | None = (await self._casebook.known([key])).get(key)
        if known is None or known.muted:
            return ""
        root = root_key(*key, known.generation)
        if connection.options.mode is Mode.FLAT and reading.activities:
            root = flat_key(*key, reading.activities[0].key)
        return root if await self._outbox.row(root) else ""

    async def _show(
        self, files: Sequence[Enclosure], connection: Connection, ticket: Ticket, root: str
    ) -> None:
        for number, file in enumerate(files[:_MOST]):
            key = file_key(connection.id, ticket.letter, number)
            if len(file.content) > _LARGEST or not file.content:
                shown.labels("too large" if file.content else "empty").inc()
            elif await self._outbox.row(key) is None:
                await self._show_one(file, Outgoing(key=key, room_id=connection.room_id), root)

    async def _show_one(self, file: Enclosure, row: Outgoing, root: str) -> None:
        name = file_name(file.name, otherwise="file")
        kind, content = await asyncio.to_thread(_cleaned, file.content)
        try:
            uri = await self._bot.upload(BytesIO(content), mimetype=kind, name=name)
        except (Unreachable, RateLimited):
            raise
        except HomeserverError as error:
            # It is larger than the homeserver takes, or of a kind that it does not.
            shown.labels("refused").inc()
            log.warning("the homeserver does not take a letter's file", error=str(error))
            return
        said = _content(uri, name, kind, content, root)
        await self._outbox.enqueue(replace(row, content=said))
        shown.labels("shown").inc()


def _read(app: App, enclosing: Enclosing, raw: bytes) -> tuple[Reading | None, Sequence[Enclosure]]:
    """Return what a letter means and brings; nothing of one that cannot be read whole."""
    # Whole files, and of all else no more than is read of any letter: a stranger wrote it.
    light = lightened(raw, files=_ON_THE_WIRE)
    body = msgspec.json.encode({"letter": light.decode("latin-1")})
    try:
        delivery = Delivery({}, Payload.parse(body))
        reading = app.read(delivery)
        return (reading if isinstance(reading, Reading) else None), enclosing.read(delivery)
    except (PayloadRejected, NotJson, ValueError, LookupError, RecursionError) as error:
        log.info("the files of a letter cannot be read", error=type(error).__name__)
        return None, ()


def _cleaned(content: bytes) -> tuple[str, bytes]:
    """Return what a file is, by its bytes alone, and a picture without its notes."""
    kind = type_of(content[:HEAD])
    try:
        parts = without_notes(content, kind)
    except BrokenPicture:
        return kind, content
    whole = (one if isinstance(one, bytes) else content[one.start : one.stop] for one in parts)
    return kind, b"".join(whole)


def _content(uri: str, name: str, kind: str, content: bytes, root: str) -> dict[str, object]:
    picture, pixels = kind.startswith("image/"), size_of(content[:HEAD])
    info: dict[str, object] = {"mimetype": kind, "size": len(content)}
    if picture and pixels:
        info |= {"w": pixels[0], "h": pixels[1]}
    event_id = pending(root)
    return {
        "msgtype": "m.image" if picture else "m.file",
        "body": harmless(name),
        "filename": harmless(name),
        "url": uri,
        "info": info,
        "m.mentions": {},
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": event_id,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": event_id},
        },
    }
