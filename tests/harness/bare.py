"""A client that does nothing but /sync: run as a process of its own, it tells when each event came.

TOKEN=… python tests/harness/bare.py http://127.0.0.1:8008 '!room'
ready
$event_id 1763985600123.4
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp


async def _sync_for_ever(url: str, token: str, room_id: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        asked = {"timeout": "0"}
        while True:
            async with session.get(f"{url}/_matrix/client/v3/sync", params=asked) as answer:
                told = await answer.json()
            at = time.time() * 1000
            room = told.get("rooms", {}).get("join", {}).get(room_id, {})
            for event in room.get("timeline", {}).get("events", []):
                print(event["event_id"], at, flush=True)  # noqa: T201 - the test reads it
            if "since" not in asked:
                print("ready", flush=True)  # noqa: T201
            asked = {"timeout": "30000", "since": told["next_batch"]}


@dataclass
class BareClient:
    """What the process told; times are milliseconds since 1970."""

    process: asyncio.subprocess.Process

    async def heard(self, event_id: str) -> float:
        """Wait for an event; return when it came."""
        return float(await asyncio.wait_for(self._after(event_id), 10))

    async def _after(self, word: str) -> str:
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode().split():
            if line[0] == word:
                return line[-1]
        raise AssertionError("the bare client has ended")


@asynccontextmanager
async def bare_client(url: str, token: str, room_id: str) -> AsyncIterator[BareClient]:
    """Lend a client that is up to date and waits for what comes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__)), url, room_id,
        env={**os.environ, "TOKEN": token}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    client = BareClient(process)
    try:
        await asyncio.wait_for(client._after("ready"), 10)
        yield client
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(_sync_for_ever(sys.argv[1], os.environ["TOKEN"], sys.argv[2]))
