"""Calls of a stock client that nio has no method for, or whose refusal is the point."""

import json
from typing import Any
from urllib.parse import quote

from tests.harness.person import Person

_CLIENT = "/_matrix/client/v3"


async def call(
    person: Person, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """Return status and answer of a call in *person*'s name, below /_matrix/client/v3."""
    full = path if path.startswith("/_") else _CLIENT + path
    data = None if body is None else json.dumps(body)
    headers = {"Authorization": f"Bearer {person.token}"}
    answer = await person.client.send(method, full, data, headers)
    return answer.status, json.loads(await answer.text())


async def set_state(
    person: Person, room_id: str, event_type: str, content: dict[str, Any], state_key: str = ""
) -> int:
    """Return the status of setting state."""
    path = f"/rooms/{quote(room_id)}/state/{event_type}/{quote(state_key)}"
    return (await call(person, "PUT", path, content))[0]


async def membership(person: Person, verb: str, room_id: str, whom: str = "") -> int:
    """Return the status of join, knock, leave, invite, kick or ban."""
    path = f"/knock/{quote(room_id)}" if verb == "knock" else f"/rooms/{quote(room_id)}/{verb}"
    return (await call(person, "POST", path, {"user_id": whom} if whom else {}))[0]


async def joined(person: Person) -> set[str]:
    """Return the rooms that an account is in."""
    return set((await call(person, "GET", "/joined_rooms"))[1]["joined_rooms"])
