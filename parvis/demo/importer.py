"""Writing in the names of one homeserver's people, back-dated, for a sample organization.

It takes a registration of its own with the homeserver (homes.py). Transaction ids come from what is written,
so that the homeserver makes nothing twice.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from appservice.account import Account
from appservice.errors import Forbidden, NotFound
from appservice.homeserver import Homeserver, Identity, segment
from appservice.ids import DeviceId, EventId, RoomId, UserId
from parvis.demo.avatars import avatar
from parvis.demo.homes import Home

_DEVICE = DeviceId("DEMO")
_ARRIVES_WITHIN = 30.0
_BETWEEN_LOOKS = 0.1


class Importer:
    """The people of one homeserver."""

    def __init__(self, home: Home) -> None:
        self.server_name = home.server_name
        self._token = home.token
        self._homeserver = Homeserver(base_url=home.base_url)

    async def close(self) -> None:
        """End connections."""
        await self._homeserver.close()

    def account(self, localpart: str) -> Account:
        """Return the account in which a person writes."""
        user_id = self._user_id(localpart)
        identity = Identity(user_id, _DEVICE, self._token, masquerade=True)
        return Account(self._homeserver.as_account(identity))

    async def introduce(self, localpart: str) -> None:
        """Give a person a device and a picture."""
        user_id = self._user_id(localpart)
        bare = self._homeserver.as_account(Identity(user_id, _DEVICE, self._token))
        device = f"/devices/{segment(_DEVICE)}"
        await bare.call("PUT", device, {"display_name": "Demo"}, query={"user_id": user_id})
        account = self.account(localpart)
        if not (await account.profile(user_id)).avatar:
            picture = await account.upload(avatar(localpart), mimetype="image/png", name="face.png")
            await account.set_profile(avatar=picture)

    async def send(
        self, by: str, room_id: RoomId, kind: str, content: Mapping[str, Any], at: int
    ) -> EventId:
        """Send an event as of *at*, in milliseconds since 1970."""
        said = repr((by, room_id, kind, sorted(content.items(), key=str)))
        txn_id = "demo-" + hashlib.sha256(said.encode()).hexdigest()[:32]
        return await self.account(by).send(room_id, kind, content, txn_id=txn_id, ts=at)

    async def has(self, by: str, room_id: RoomId, event_id: EventId) -> None:
        """Wait until this homeserver has an event: another one's takes a moment to arrive.

        Raises TimeoutError.
        """
        path = f"/rooms/{segment(room_id)}/event/{segment(event_id)}"
        transport = self.account(by).transport
        async with asyncio.timeout(_ARRIVES_WITHIN):
            while True:
                try:
                    await transport.call("GET", path)
                except (Forbidden, NotFound):
                    await asyncio.sleep(_BETWEEN_LOOKS)
                else:
                    return

    def _user_id(self, localpart: str) -> UserId:
        return UserId(f"@{localpart}:{self.server_name}")
