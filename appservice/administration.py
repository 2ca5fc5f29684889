"""What an administrator of the homeserver may do, by Synapse's admin API (its manual, "Admin API").

`/join/{room}` of that API needs the administrator in the room, with the right to invite. Whoever is
invited by the bot joins as themselves instead, with a token that ends after a minute.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from appservice.account import Account
from appservice.errors import HomeserverError, NotFound
from appservice.homeserver import Homeserver, Identity, Query, segment
from appservice.ids import DeviceId, UserId
from appservice.payload import Payload

_VALID_MS = 60_000
_PAGE = 500


@dataclass(frozen=True)
class HomeserverAccount:
    """An account as Synapse's administrators see it ("User Admin API", query and list accounts).

    *seen*: when it was last used, in milliseconds since 1970, 0 for never; joining in its name by
    `acting_as` is no use of it.
    """

    user_id: UserId
    seen: int = 0
    closed: bool = False
    """Deactivated or locked."""
    is_administrator: bool = False


class Administration:
    """The calls of an administrator's access token."""

    def __init__(self, homeserver: Homeserver, *, token: str) -> None:
        self._homeserver = homeserver
        self._transport = homeserver.as_account(Identity(UserId(""), DeviceId(""), token))

    async def check(self) -> None:
        """Make a light call that only an administrator may make."""
        query = {"limit": 1, "from": 0}
        await self._transport.call("GET", "/_synapse/admin/v2/users", query=query)

    async def make_account(self, user_id: UserId, *, name: str = "") -> None:
        """Make an account without a password; the first single sign-on finds it by its name.

        The call changes an account that exists already: ask before.
        """
        body = {"displayname": name} if name else {}
        await self._transport.call("PUT", f"/_synapse/admin/v2/users/{segment(user_id)}", body)

    async def account(self, user_id: UserId) -> HomeserverAccount | None:
        """Return an account of this homeserver, or None where there is none."""
        try:
            path = f"/_synapse/admin/v2/users/{segment(user_id)}"
            return _account(await self._transport.call("GET", path))
        except NotFound:
            return None

    async def accounts(self) -> AsyncIterator[HomeserverAccount]:
        """Walk all accounts, page by page."""
        start = "0"
        while start:
            query: Query = {"limit": _PAGE, "from": start, "deactivated": "true", "guests": "false"}
            page = await self._transport.call("GET", "/_synapse/admin/v2/users", query=query)
            for one in page.items("users"):
                yield _account(one)
            start = page.word("next_token")

    async def is_signed_in(self, user_id: UserId) -> bool:
        """Tell whether an account has a device: the homeserver notes its last use seconds later only."""
        path = f"/_synapse/admin/v2/users/{segment(user_id)}/devices"
        return bool((await self._transport.call("GET", path)).items("devices"))

    async def set_password(self, user_id: UserId, password: str, *, name: str = "") -> None:
        """Give an account its password; where there is no account, make it, called *name*.

        Who was signed in with it is signed out.
        """
        body: dict[str, object] = {"password": password}
        if name and await self.account(user_id) is None:
            body["displayname"] = name
        path = f"/_synapse/admin/v2/users/{segment(user_id)}"
        try:
            await self._transport.call("PUT", path, body)
        except HomeserverError as error:
            if error.errcode != "M_USER_IN_USE":
                raise
            # A pass made the account between Synapse's look for it and its own try: it is there now.
            await self._transport.call("PUT", path, body)

    async def delete_file(self, uri: str) -> None:
        """Delete what was uploaded to this homeserver, ``mxc://server/id`` ("Media Admin API"), from its
        disk; nothing happens where it is gone already.
        """
        server, _, identifier = uri.removeprefix("mxc://").partition("/")
        path = f"/_synapse/admin/v1/media/{segment(server)}/{segment(identifier)}"
        with suppress(NotFound):
            await self._transport.call("DELETE", path)

    @asynccontextmanager
    async def acting_as(self, user_id: UserId) -> AsyncIterator[Account]:
        """Lend the calls of an account, for joining the rooms that it is invited to."""
        path = f"/_synapse/admin/v1/users/{segment(user_id)}/login"
        until = int(time.time() * 1000) + _VALID_MS
        answer = await self._transport.call("POST", path, {"valid_until_ms": until})
        identity = Identity(user_id, DeviceId(""), answer.text("access_token"))
        transport = self._homeserver.as_account(identity)
        try:
            yield Account(transport)
        finally:
            with suppress(HomeserverError):
                await transport.call("POST", "/logout", {})


def _account(one: Payload) -> HomeserverAccount:
    return HomeserverAccount(
        UserId(one.text("name")),
        seen=one.number("last_seen_ts") or 0,
        closed=one.flag("deactivated") or one.flag("locked"),
        is_administrator=one.flag("admin"),
    )
