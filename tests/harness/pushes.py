"""Pushes that no homeserver would send, straight to our door."""

import json
from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.harness.house import House


async def push(house: House, txn_id: str, events: Sequence[Any]) -> int:
    """Return the status of a transaction that carries *events*."""
    return await push_raw(house, txn_id, json.dumps({"events": list(events)}).encode())


async def push_raw(house: House, txn_id: str, body: bytes) -> int:
    """Return the status of a transaction of these bytes."""
    registration = house.app.config.registration
    url = f"{registration.url}/_matrix/app/v1/transactions/{txn_id}"
    headers = {"Authorization": f"Bearer {registration.hs_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.put(url, data=body, headers=headers) as answer,
    ):
        return answer.status
