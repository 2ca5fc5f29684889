"""A connection: one bridge feeding one room, with its secret."""

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Change, Database
from appservice.errors import ConfigError, UnknownConnection
from appservice.ids import RoomId, UserId
from appservice.together import Together
from appservice.vault import Vault
from bridges.auth import BasicAuth, Scheme
from bridges.base import App
from bridges.options import Options, decode, encode
from bridges.store import connections_table

_ROTATION_OVERLAP_MS = 24 * 3600 * 1000
_MOST_OPENED = 1000


class ConnectionState(StrEnum):
    """What a connection does with calls."""

    WAITING = "waiting"
    """Made, no call has come yet; it takes calls."""
    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


@dataclass(frozen=True)
class Connection:
    """One row, its secrets still locked. *id* is the unguessable part of its address."""

    id: str
    app: str
    room_id: RoomId
    scheme: str
    state: ConnectionState
    created_by: UserId
    last_delivery: int | None
    shown: bool
    secrets: tuple[bytes, ...]
    options: Options
    fault: str = ""
    """Why its options cannot be read. Then its calls are taken in and put aside: what it may tell
    is unknown.
    """

    @property
    def short(self) -> str:
        """Return how people name it: not enough to call it."""
        return f"{self.app}-{self.page[:5]}"

    @property
    def page(self) -> str:
        """Return what stands for it in addresses of pages, and betrays nothing."""
        return page_of(self.id)


def page_of(identifier: str) -> str:
    """Return the name of a connection's page: derived, so that it betrays no address."""
    return hashlib.sha256(f"page:{identifier}".encode()).hexdigest()[:24]


class Connections:
    """The questions about connections."""

    def __init__(self, *, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._rows = Together(self._read)
        # What an encrypted text says never changes, and opening one costs more than a signature.
        self._open = lru_cache(_MOST_OPENED)(vault.open)

    async def add(self, app: App, room_id: RoomId, creator: UserId, *, scheme: str = "") -> str:
        """Make a connection and return its id (192 bits)."""
        chosen = scheme or app.schemes[0].slug
        identifier = secrets.token_urlsafe(24)
        row = {
            "id": identifier,
            "app": app.slug,
            "room_id": room_id,
            "scheme": chosen,
            "secret": self._vault.lock(_new_secret(scheme_of(app, chosen))),
            "shown": False,
            "state": ConnectionState.WAITING.value,
            "created_by": creator,
            "created": _now(),
            "options": encode(Options()),
        }
        await self._database.write(Change(sa.insert(connections_table), (row,)))
        return identifier

    async def get(self, identifier: str) -> Connection:
        """Return a connection, also a removed one, or raise UnknownConnection."""
        if not identifier.isascii() or not identifier.isprintable():
            raise UnknownConnection("no such connection")
        found = await self._rows.get(identifier)
        if found is None:
            raise UnknownConnection("no such connection")
        return found

    async def in_room(self, room_id: RoomId) -> Sequence[Connection]:
        """Return the connections that feed a room, oldest first."""
        rows = await self._database.read(
            sa.select(connections_table)
            .where(connections_table.c.room_id == room_id)
            .where(connections_table.c.state != ConnectionState.REMOVED.value)
            .order_by(connections_table.c.created)
        )
        return [_parse(row) for row in rows]

    async def all(self) -> Sequence[Connection]:
        """Return every connection that is not removed, oldest first."""
        rows = await self._database.read(
            sa.select(connections_table)
            .where(connections_table.c.state != ConnectionState.REMOVED.value)
            .order_by(connections_table.c.created)
        )
        return [_parse(row) for row in rows]

    def secrets_of(self, connection: Connection) -> list[str]:
        """Return the secrets that are valid now, the present one first."""
        return [self._open(locked) for locked in connection.secrets]

    async def show_secret(self, identifier: str) -> str:
        """Return the secret the first time; afterwards an empty text, for it is shown once."""

        async def claim(database: AsyncConnection) -> list[bytes]:
            claimed = await database.execute(_claim_secret, {"wanted": identifier})
            return [bytes(row.secret) for row in claimed]

        # Of two who ask at the same moment one is shown it, so we look and note in one statement.
        claimed = await self._database.run(claim)
        return self._open(claimed[0]) if claimed else ""

    async def take_secret(self, identifier: str, secret: str) -> None:
        """Keep the secret that the app signs with; it is shown to nobody."""
        await self._update(identifier, secret=self._vault.lock(secret), shown=True)

    async def rotate(self, identifier: str, app: App) -> str:
        """Return a new secret; the old one is accepted for another day."""
        connection = await self.get(identifier)
        secret = _new_secret(scheme_of(app, connection.scheme))
        await self._update(
            identifier,
            secret=self._vault.lock(secret),
            old_secret=connection.secrets[0],
            old_until=_now() + _ROTATION_OVERLAP_MS,
            shown=True,
        )
        return secret

    async def set_state(self, identifier: str, state: ConnectionState) -> None:
        """Pause, go on, or remove."""
        await self._update(identifier, state=state.value)

    async def configure(self, identifier: str, options: Options) -> None:
        """Tell from now on what *options* say."""
        await self._update(identifier, options=encode(options))

    def called(self, identifier: str) -> Change:
        """Return the change that notes a call, for the unit that takes it in."""
        return Change(_note_call, ({"wanted": identifier, "at": _now()},))

    async def _read(self, identifiers: Sequence[str]) -> Mapping[str, Connection]:
        rows = await self._database.read(_by_ids, {"wanted": list(identifiers)})
        return {row.id: _parse(row) for row in rows}

    async def _update(self, identifier: str, **values: object) -> None:
        statement = sa.update(connections_table).where(connections_table.c.id == identifier)
        await self._database.write(Change(statement.values(**values)))


def scheme_of(app: App, slug: str) -> Scheme:
    """Return the scheme that *app* declares under *slug*."""
    return next(scheme for scheme in app.schemes if scheme.slug == slug)


_by_ids = sa.select(connections_table).where(
    connections_table.c.id.in_(sa.bindparam("wanted", expanding=True))
)
_claim_secret = (
    sa.update(connections_table)
    .where(connections_table.c.id == sa.bindparam("wanted"), connections_table.c.shown.is_(False))
    .where(connections_table.c.state != ConnectionState.REMOVED.value)
    .values(shown=True)
    .returning(connections_table.c.secret)
)
_note_call = (
    sa.update(connections_table)
    .where(connections_table.c.id == sa.bindparam("wanted"))
    .values(
        last_delivery=sa.bindparam("at"),
        state=sa.case(
            (connections_table.c.state == "waiting", "active"), else_=connections_table.c.state
        ),
    )
)


def _new_secret(scheme: Scheme) -> str:
    if isinstance(scheme, BasicAuth):
        return f"parvis:{secrets.token_urlsafe(24)}"
    return secrets.token_urlsafe(32)


def _parse(row: sa.Row[Any]) -> Connection:
    locked = [bytes(row.secret)]
    if row.old_secret is not None and (row.old_until or 0) > _now():
        locked.append(bytes(row.old_secret))
    options, fault = _options(row.options)
    return Connection(
        id=row.id,
        app=row.app,
        room_id=RoomId(row.room_id),
        scheme=row.scheme,
        state=ConnectionState(row.state),
        created_by=UserId(row.created_by),
        last_delivery=row.last_delivery,
        shown=bool(row.shown),
        secrets=tuple(locked),
        options=options,
        fault=fault,
    )


def _options(stored: str) -> tuple[Options, str]:
    """Return the options, and what is wrong with them: one bad row must not fail all that ask."""
    try:
        return decode(stored), ""
    except ConfigError as error:
        return Options(), error.why


def _now() -> int:
    return int(time.time() * 1000)
