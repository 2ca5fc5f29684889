"""Who is signed in: a browser's cookie, the account it stands for, and the token that writes."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from appservice.account import Account
from appservice.database import KEPT, LOCKED, Change, Database, metadata
from appservice.errors import HomeserverError, TokenUnknown
from appservice.formatting import clean_name, media_path
from appservice.homeserver import Homeserver, Identity
from appservice.ids import DeviceId, UserId, localpart
from appservice.languages import Language
from appservice.payload import Payload
from appservice.vault import Vault
from feed.model import Viewer
from feed.ways import Ways, ways_of

_DEVICE_NAME = "Parvis"
_WAYS_WITHIN = 3.0
"""Seconds: the page shows the password form rather than keep people waiting."""
_DAY_MS = 24 * 3600 * 1000
_LONGEST_MS, _IDLE_MS = 60 * _DAY_MS, 14 * _DAY_MS
"""How long a session stands in all, and without being used."""
_NOTED_MS = 3600 * 1000
"""A use is written down at most once in so long."""
_ASKED_WITHIN = 3.0
BELIEVED = 30.0
"""Seconds for which a session stands without asking the homeserver whether it does."""
_ENDED = 401

sessions_table = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("device_id", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False, info=LOCKED),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("avatar", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("browser", sa.Text, nullable=False, server_default=""),
    sa.Index("sessions_by_user", "user_id"),
    info=KEPT,
)


@dataclass(frozen=True)
class Session:
    """One browser's; *id* is also the identity under which the outbox sends."""

    id: str
    user_id: UserId
    name: str
    avatar: str

    def viewer(self, *, language: Language, is_admin: bool) -> Viewer:
        """Return who looks, as pages know them."""
        return Viewer(
            user_id=self.user_id,
            name=self.name,
            avatar=self.avatar,
            session=self.id,
            is_admin=is_admin,
            language=language,
        )


@dataclass(frozen=True)
class SignedIn:
    """A session as its owner finds it in a list; times are in milliseconds since 1970."""

    id: str
    browser: str
    created: int
    seen: int


class Sessions:
    """Signs in and out; finds accounts for pages and for the relay (its Identities)."""

    def __init__(
        self,
        *,
        database: Database,
        homeserver: Homeserver,
        vault: Vault,
        believed: float = BELIEVED,
    ) -> None:
        self._database = database
        self._homeserver = homeserver
        self._vault = vault
        self._believed = believed
        self._asked: dict[str, float] = {}

    async def sign_in(self, proof: dict[str, Any], *, browser: str = "") -> tuple[str, Session]:
        """Trade a login *proof* (Client-Server API, /login) for a cookie's value and its session.

        *browser* is what its owner will know it by.
        """
        nobody = self._homeserver.as_nobody()
        body = {**proof, "initial_device_display_name": _DEVICE_NAME}
        answer = await nobody.call("POST", "/login", body)
        account = self._account(answer.text("user_id"), answer.text("device_id"), answer)
        try:
            profile = await account.profile(account.user_id)
            name, avatar = profile.name, media_path(profile.avatar)
        except HomeserverError:
            name, avatar = "", ""
        cookie = secrets.token_urlsafe(32)
        shown = clean_name(name, otherwise=localpart(account.user_id))
        session = Session(_id(cookie), account.user_id, shown, avatar)
        row = {
            "id": session.id,
            "user_id": session.user_id,
            "device_id": answer.text("device_id"),
            "token": self._vault.lock(answer.text("access_token")),
            "name": session.name,
            "avatar": session.avatar,
            "created": _now(),
            "seen": _now(),
            "browser": browser,
        }
        await self._database.write(Change(sa.insert(sessions_table), (row,)))
        self._asked[session.id] = time.monotonic()
        return cookie, session

    async def find(self, cookie: str) -> Session | None:
        """Return the session of a cookie's value, or None if it has ended."""
        rows = await self._rows(_id(cookie))
        if not rows or not await self._is_known(rows[0]):
            return None
        row = rows[0]
        return Session(row.id, UserId(row.user_id), row.name, row.avatar)

    async def stands(self, identity: str) -> bool:
        """Tell whether a session has not ended, here or at the homeserver."""
        rows = await self._rows(identity)
        return bool(rows) and await self._is_known(rows[0])

    async def account(self, identity: str) -> Account:
        """Return the account that writes for a session, or raise TokenUnknown."""
        rows = await self._rows(identity)
        if not rows:
            raise TokenUnknown("the session has ended")
        return self._account_of(rows[0])

    async def ways(self) -> Ways:
        """Return the ways of signing in that the homeserver offers (matrix.md 3, "flows")."""
        nobody = self._homeserver.as_nobody()
        answer = await nobody.call("GET", "/login", within=_WAYS_WITHIN)
        return ways_of(answer.items("flows"))

    async def of_person(self, user_id: UserId) -> Sequence[SignedIn]:
        """Return a person's sessions, the one used last first."""
        table = sessions_table.c
        rows = await self._database.read(
            _standing().where(table.user_id == user_id).order_by(table.seen.desc(), table.id)
        )
        return [SignedIn(row.id, row.browser, row.created, row.seen) for row in rows]

    async def sign_out(self, identity: str) -> None:
        """End a session here, and its token at the homeserver."""
        for row in await self._rows(identity):
            await self._sign_out(row)

    async def purge_for_ever(self, *, every: float) -> None:
        """Purge now, and again *every* so many seconds."""
        while True:
            await self.purge()
            await asyncio.sleep(every)

    async def purge(self) -> None:
        """Sign out of sessions that are too old, or were not used for too long."""
        table = sessions_table.c
        old = sa.or_(table.created <= _now() - _LONGEST_MS, table.seen <= _now() - _IDLE_MS)
        for row in await self._database.read(sa.select(sessions_table).where(old)):
            await self._sign_out(row)

    async def _sign_out(self, row: sa.Row[Any]) -> None:
        transport = self._account_of(row).transport
        # Where it is away the token dies with the device list; here the session ends in any case.
        with suppress(HomeserverError):
            await transport.call("POST", "/logout", {}, within=_ASKED_WITHIN)
        await self.end(row.id)

    async def end(self, identity: str) -> None:
        """Forget a session whose token is of no use any more."""
        self._asked.pop(identity, None)
        await self._database.write(
            Change(sa.delete(sessions_table).where(sessions_table.c.id == identity))
        )

    async def _is_known(self, row: sa.Row[Any]) -> bool:
        """Tell whether the homeserver still takes the session's token; end the session if not.

        People and admins end devices and accounts there. While it is away, the session stands.
        """
        now = time.monotonic()
        if now - self._asked.get(row.id, float("-inf")) < self._believed:
            return True
        self._asked[row.id] = now
        if _now() - row.seen > _NOTED_MS:
            await self._database.write(
                Change(
                    sa.update(sessions_table)
                    .where(sessions_table.c.id == row.id)
                    .values(seen=_now())
                )
            )
        transport = self._account_of(row).transport
        try:
            await transport.call("GET", "/account/whoami", within=_ASKED_WITHIN)
        except HomeserverError as error:
            if error.status == _ENDED:
                await self.end(row.id)
                return False
        return True

    async def _rows(self, identifier: str) -> Sequence[sa.Row[Any]]:
        return await self._database.read(_standing().where(sessions_table.c.id == identifier))

    def _account_of(self, row: sa.Row[Any]) -> Account:
        token = self._vault.open(bytes(row.token))
        return self._account(row.user_id, row.device_id, Payload({"access_token": token}))

    def _account(self, user_id: str, device_id: str, answer: Payload) -> Account:
        identity = Identity(UserId(user_id), DeviceId(device_id), answer.text("access_token"))
        return Account(self._homeserver.as_account(identity))


def _standing() -> sa.Select[Any]:
    """Ask for the sessions that are neither too old nor unused for too long."""
    return (
        sa.select(sessions_table)
        .where(sessions_table.c.created > _now() - _LONGEST_MS)
        .where(sessions_table.c.seen > _now() - _IDLE_MS)
    )


def _id(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _now() -> int:
    return int(time.time() * 1000)
