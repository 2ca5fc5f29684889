"""A connection: one bridge feeding one room, with its secret."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.at_hand import AtHand
from appservice.database import Change, Database
from appservice.errors import ConfigError, UnknownConnection
from appservice.ids import RoomId, UserId
from appservice.together import Together
from appservice.vault import Vault
from bridges.auth import new_secret
from bridges.base import App
from bridges.options import AS_USUAL, Options, decode, encode
from bridges.schemes import scheme_of
from bridges.store import connections_table

_ROTATION_OVERLAP_MS = 24 * 3600 * 1000
_MOST_OPENED = 1000


class ConnectionState(StrEnum):
    """What a connection does with calls."""

    WANTING = "wanting"
    """Made, but the secret that its app signs with was not given yet; no call can be proved."""
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
    old_until: int = 0
    """Until when the former secret is taken, in milliseconds since 1970; 0 if there is none."""
    old_scheme: str = ""
    """How the former secret proves calls; empty if there is none."""
    hushed: int = 0
    """The last call before a silence that its owners were told of, in milliseconds; 0: of none."""
    fault: str = ""
    """Why its options cannot be read. Then its calls are taken in and put aside: what it may tell
    is unknown.
    """

    @property
    def is_silent(self) -> bool:
        """Tell whether its owners were told of a silence that still lasts."""
        return bool(self.hushed) and (self.last_delivery or 0) <= self.hushed

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

    def __init__(
        self, *, database: Database, vault: Vault, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """*clock* gives seconds that never go back."""
        self._database = database
        self._vault = vault
        self._rows = Together(self._read)
        self._at_hand = AtHand(self.get, clock=clock)
        # What an encrypted text says never changes, and opening one costs more than a signature.
        self._open = lru_cache(_MOST_OPENED)(vault.open)

    async def add(
        self,
        app: App,
        room_id: RoomId,
        creator: UserId,
        *,
        scheme: str = "",
        options: Options = AS_USUAL,
        besides: Callable[[Connection], Change] | None = None,
    ) -> str:
        """Make a connection and return its id (192 bits); *besides* is committed together."""
        chosen = scheme or app.schemes[0].slug
        wanting = app.makes_secret(chosen)
        made = Connection(
            id=secrets.token_urlsafe(24),
            app=app.slug,
            room_id=room_id,
            scheme=chosen,
            state=ConnectionState.WANTING if wanting else ConnectionState.WAITING,
            created_by=creator,
            last_delivery=None,
            shown=False,
            secrets=(self._vault.lock(_first_secret(app, chosen)),),
            options=options,
        )
        changes = [Change(sa.insert(connections_table), (_row(made),))]
        await self._database.write(*changes, *([besides(made)] if besides else []))
        return made.id

    async def get(self, identifier: str) -> Connection:
        """Return a connection, also a removed one, or raise UnknownConnection."""
        if not identifier.isascii() or not identifier.isprintable():
            raise UnknownConnection("no such connection")
        found = await self._rows.get(identifier)
        if found is None:
            raise UnknownConnection("no such connection")
        return found

    async def at_door(self, identifier: str) -> Connection:
        """Return a connection as it was within the last second, or raise UnknownConnection.

        In a burst the database is not asked for each call. A change made here is seen at once.
        """
        return await self._at_hand.get(identifier)

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

    async def of_scheme(self, scheme: str) -> Sequence[Connection]:
        """Return every connection that is proved in this way and not removed."""
        rows = await self._database.read(
            sa.select(connections_table)
            .where(connections_table.c.state != ConnectionState.REMOVED.value)
            .where(connections_table.c.scheme == scheme)
        )
        return [_parse(row) for row in rows]

    def secrets_of(self, connection: Connection) -> list[str]:
        """Return the secrets that are valid now, the present one first."""
        return [self._open(locked) for locked in connection.secrets]

    def proofs_of(self, connection: Connection) -> Sequence[tuple[str, list[str]]]:
        """Return the schemes (slugs) by which calls are proved now, each with its secrets."""
        secrets = self.secrets_of(connection)
        if connection.old_scheme in ("", connection.scheme):
            return [(connection.scheme, secrets)]
        return [(connection.scheme, secrets[:1]), (connection.old_scheme, secrets[1:])]

    async def show_secret(self, identifier: str) -> str:
        """Return the secret the first time; afterwards an empty text, for it is shown once."""

        async def claim(database: AsyncConnection) -> list[bytes]:
            claimed = await database.execute(_claim_secret, {"wanted": identifier})
            return [bytes(row.secret) for row in claimed]

        # Of two who ask at the same moment one is shown it, so we look and note in one statement.
        claimed = await self._database.run(claim)
        self._at_hand.changed(identifier)
        return self._open(claimed[0]) if claimed else ""

    async def take_secret(self, identifier: str, secret: str) -> None:
        """Keep the secret that the app signs with; it is shown to nobody.

        The one that was given before is taken for another day.
        """
        state = connections_table.c.state
        wanted = sa.case(
            (state == ConnectionState.WANTING.value, ConnectionState.WAITING.value), else_=state
        )
        await self._replace(identifier, secret, shown=True, state=wanted)

    async def rotate(self, identifier: str, app: App) -> None:
        """Make a new secret, to be shown once; the one that the app has is taken for another day."""
        connection = await self.get(identifier)
        secret = new_secret(scheme_of(app, connection.scheme))
        await self._replace(identifier, secret, shown=False)

    async def choose_scheme(self, identifier: str, app: App, scheme: str) -> None:
        """Have calls proved by another *scheme*, with a new secret; calls that are proved as before
        are taken for another day.
        """
        made = _first_secret(app, scheme)
        keyless = [one.slug for one in app.schemes if not one.needs_secret]
        new, state = ConnectionState.WAITING.value, connections_table.c.state
        uncalled = state.in_([new, ConnectionState.WANTING.value])
        if app.makes_secret(scheme):
            new = ConnectionState.WANTING.value
        await self._replace(
            identifier,
            made,
            shown=False,
            keyless=keyless,
            scheme=scheme,
            state=sa.case((uncalled, new), else_=state),
        )

    async def pause(self, identifier: str) -> None:
        """Take no calls for a while."""
        await self._in_use(identifier, state=ConnectionState.PAUSED.value)

    async def resume(self, identifier: str) -> None:
        """Take calls again."""
        called = connections_table.c.last_delivery.is_not(None)
        state = sa.case((called, ConnectionState.ACTIVE.value), else_=ConnectionState.WAITING.value)
        await self._in_use(identifier, state=state)

    async def hush(self, identifier: str, last_call: int | None) -> None:
        """Note that its owners know of the silence after *last_call*, or with None of its end."""
        await self._in_use(identifier, hushed=last_call)

    async def remove(self, identifier: str, *with_it: Change) -> None:
        """Take no calls ever again, and forget the secrets; *with_it* is committed together."""
        await self._in_use(
            identifier,
            *with_it,
            state=ConnectionState.REMOVED.value,
            secret=self._vault.lock(""),
            old_secret=None,
            shown=True,
        )

    async def alter(self, identifier: str, change: Callable[[Options], Options]) -> Options:
        """Tell from now on what *change* makes of the options, and return that.

        Options that cannot be read are begun anew. What *change* raises changes nothing.
        """
        columns = connections_table.c

        async def work(database: AsyncConnection) -> Options:
            row = (await database.execute(_options_of, {"wanted": identifier})).one()
            options = change(_options(row.options)[0])
            statement = sa.update(connections_table).where(columns.id == identifier)
            await database.execute(statement.values(options=encode(options)))
            return options

        changed = await self._database.run(work)
        self._at_hand.changed(identifier)
        return changed

    def called(self, identifier: str) -> Change:
        """Return the change that notes a call, for the unit that takes it in."""
        return Change(_note_call, ({"wanted": identifier, "at": _now()},))

    async def _read(self, identifiers: Sequence[str]) -> Mapping[str, Connection]:
        rows = await self._database.read(_by_ids, {"wanted": list(identifiers)})
        return {row.id: _parse(row) for row in rows}

    async def _replace(
        self,
        identifier: str,
        secret: str,
        *,
        shown: bool,
        keyless: Sequence[str] = (),
        **besides: object,
    ) -> None:
        """Put *secret* in the place of the present one, which is taken for another day.

        One that nobody saw is with no app, so it leaves the one before it alone; but for schemes
        that ask for none (*keyless*).
        """
        columns, until = connections_table.c, _now() + _ROTATION_OVERLAP_MS
        in_use = sa.or_(columns.shown, columns.scheme.in_(keyless))
        await self._in_use(
            identifier,
            secret=self._vault.lock(secret),
            old_secret=sa.case((in_use, columns.secret), else_=columns.old_secret),
            old_until=sa.case((in_use, until), else_=columns.old_until),
            old_scheme=sa.case((in_use, columns.scheme), else_=columns.old_scheme),
            shown=shown,
            **besides,
        )

    async def _in_use(self, identifier: str, *with_it: Change, **values: object) -> None:
        """Change a connection that is not removed."""
        columns = connections_table.c
        statement = sa.update(connections_table).where(
            columns.id == identifier, columns.state != ConnectionState.REMOVED.value
        )
        await self._database.write(Change(statement.values(**values)), *with_it)
        self._at_hand.changed(identifier)


_by_ids = sa.select(connections_table).where(
    connections_table.c.id.in_(sa.bindparam("wanted", expanding=True))
)
_options_of = sa.select(connections_table.c.options).where(
    connections_table.c.id == sa.bindparam("wanted")
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


def _first_secret(app: App, scheme: str) -> str:
    """Return a secret to begin with; none where the app makes it, so that no call is proved yet."""
    return "" if app.makes_secret(scheme) else new_secret(scheme_of(app, scheme))


def _row(made: Connection) -> dict[str, object]:
    return {
        "id": made.id,
        "app": made.app,
        "room_id": made.room_id,
        "scheme": made.scheme,
        "secret": made.secrets[0],
        "shown": made.shown,
        "state": made.state.value,
        "created_by": made.created_by,
        "created": _now(),
        "options": encode(made.options),
    }


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
        old_until=row.old_until if len(locked) > 1 else 0,
        old_scheme=(row.old_scheme or row.scheme) if len(locked) > 1 else "",
        hushed=row.hushed or 0,
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
