"""Who is signed in: a browser's cookie, the account it stands for, and the token that writes."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from appservice.account import Account
from appservice.database import KEPT, Change, Database, metadata
from appservice.errors import HomeserverError, TokenUnknown
from appservice.formatting import clean_name, media_path
from appservice.homeserver import Homeserver, Identity
from appservice.ids import DeviceId, UserId, localpart
from appservice.languages import Language
from appservice.payload import Payload
from appservice.vault import Vault
from feed.model import Viewer

_DEVICE_NAME = "Parvis"
_WAYS_WITHIN = 3.0
"""Seconds: the page shows the password form rather than keep people waiting."""
_LONGEST_MS = 60 * 24 * 3600 * 1000
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
    sa.Column("token", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("avatar", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
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
class Way:
    """An identity provider; both are empty where the homeserver names none."""

    id: str
    name: str


@dataclass(frozen=True)
class Ways:
    """How people may sign in."""

    by_password: bool
    providers: tuple[Way, ...] = ()


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

    async def sign_in(self, proof: dict[str, Any]) -> tuple[str, Session]:
        """Trade a login *proof* (Client-Server API, /login) for a cookie's value and its session."""
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
        return _ways(answer.items("flows"))

    async def sign_out(self, session: Session) -> None:
        """End a session here, and its token at the homeserver."""
        try:
            account = await self.account(session.id)
            await account.transport.call("POST", "/logout", {})
        except HomeserverError:
            pass  # The token dies with the device list; here the session ends in any case.
        await self.end(session.id)

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
        transport = self._account_of(row).transport
        try:
            await transport.call("GET", "/account/whoami", within=_ASKED_WITHIN)
        except HomeserverError as error:
            if error.status == _ENDED:
                await self.end(row.id)
                return False
        return True

    async def _rows(self, identifier: str) -> Sequence[sa.Row[Any]]:
        return await self._database.read(
            sa.select(sessions_table)
            .where(sessions_table.c.id == identifier)
            .where(sessions_table.c.created > _now() - _LONGEST_MS)
        )

    def _account_of(self, row: sa.Row[Any]) -> Account:
        token = self._vault.open(bytes(row.token))
        return self._account(row.user_id, row.device_id, Payload({"access_token": token}))

    def _account(self, user_id: str, device_id: str, answer: Payload) -> Account:
        identity = Identity(UserId(user_id), DeviceId(device_id), answer.text("access_token"))
        return Account(self._homeserver.as_account(identity))


def _ways(flows: Sequence[Payload]) -> Ways:
    """Read the flows of GET /login (Client-Server API, "Login").

    Where one prefers OAuth (MSC3824), passwords are kept for old clients only: nobody has one.
    """
    offered = {flow.text("type"): flow for flow in flows}
    single = offered.get("m.login.sso")
    if single is None or "m.login.token" not in offered:
        return Ways(by_password="m.login.password" in offered)
    named = [Way(one.text("id"), one.text("name")) for one in single.items("identity_providers")]
    old = any(
        single.flag(key)
        for key in ("oauth_aware_preferred", "org.matrix.msc3824.delegated_oidc_compatibility")
    )
    by_password = "m.login.password" in offered and not old
    return Ways(by_password=by_password, providers=tuple(named) or (Way("", ""),))


def _id(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _now() -> int:
    return int(time.time() * 1000)
