"""What an administrator of the homeserver may do, by Synapse's admin API (its manual, "Admin API").

`/join/{room}` of that API needs the administrator in the room, with the right to invite. Whoever is
invited by the bot joins as themselves instead, with a token that ends after a minute.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.homeserver import Homeserver, Identity, segment
from appservice.ids import DeviceId, UserId

_VALID_MS = 60_000


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
