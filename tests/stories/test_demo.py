"""`parvis demo`: a newcomer's first minutes, and the second start."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from tests.harness.person import Person
from tests.harness.wait import until

# A first start leaves compiled modules for the second, whatever the environment of the tests says.
_ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}


class Demo:
    """One demo process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ready_file = folder / "ready.json"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *options: str) -> dict:
        with (self.folder / "demo.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "parvis", "demo", "--data-dir", str(self.folder / "demo"),
                "--ready-file", str(self.ready_file), *options, stdout=log, stderr=log, env=_ENVIRONMENT,
            )  # fmt: skip
        return await until(self._ready, "the demo is ready", within=240)

    async def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self.process.wait(), 20) == 0, self.log()
        self.ready_file.unlink()

    async def kill(self) -> None:
        """Kill the program alone: its homeservers outlive it."""
        self.process.kill()
        await self.process.wait()
        self.ready_file.unlink()

    def events(self, homeserver: str = "synapse") -> int:
        path = self.folder / "demo" / homeserver / "homeserver.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM events").fetchone()[0]

    def posts(self) -> int:
        """Count what people wrote that answers and changes nothing else."""
        path = self.folder / "demo" / "synapse" / "homeserver.db"
        asked = """
            SELECT count(*) FROM events WHERE type = 'm.room.message' AND sender NOT LIKE '@parvis:%'
            AND event_id NOT IN (SELECT event_id FROM event_relations)
        """
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return database.execute(asked).fetchone()[0]

    def log(self) -> str:
        return (self.folder / "demo.log").read_text()[-4000:]

    async def _ready(self) -> dict | None:
        assert self.process.returncode is None, self.log()
        return json.loads(self.ready_file.read_text()) if self.ready_file.exists() else None


@pytest.mark.alone
async def test_the_demo_is_alive_and_its_second_start_is_quick_and_silent(tmp_path: Path):
    demo = Demo(tmp_path)
    facts = await demo.start()

    assert {group["kind"] for group in facts["groups"]} == {
        "general", "place", "function", "product", "project", "topic", "visibility",
    }  # fmt: skip
    assert {"open", "private", "secret"} == {group["access"] for group in facts["groups"]}
    assert len(facts["people"]) == 12
    async with aiohttp.ClientSession(headers={"Accept-Language": "fr"}) as session:
        async with session.get(f"{facts['web']}/login") as answer:
            page = await answer.text()
        clicked = facts["web"] + re.findall(r'href="(/login\?user=[^"]+)"', page)[0]
        async with session.get(clicked) as answer:
            filled = await answer.text()
    assert page.index("Claire Dumas") < page.index("Malik Benali")
    assert "Cession" not in page
    assert f'value="{facts["people"][0]["password"]}"' in filled
    assert await _without_picture(facts) == []
    person = facts["people"][0]
    client = await Person.log_in(facts["homeserver"], person["user_id"], person["password"])
    general = next(group for group in facts["groups"] if group["kind"] == "general")
    messages = await client.client.room_messages(general["posts_room_id"], start="", limit=100)
    assert len([event for event in messages.chunk if getattr(event, "body", "")]) > 20
    product = next(group for group in facts["groups"] if group["kind"] == "product")
    state = await client.client.room_get_state(product["posts_room_id"])
    fed = {one["content"]["app"] for one in state.events if one["type"] == "org.parvis.connection"}
    assert fed == {"github", "zendesk", "pipedrive"}
    await client.close()
    await demo.stop()
    events = demo.events()
    assert 70 <= demo.posts() <= 90

    started = time.monotonic()
    again = await demo.start()
    assert time.monotonic() - started < 10
    await demo.stop()

    assert demo.events() == events
    assert [group["space_id"] for group in again["groups"]] == [
        group["space_id"] for group in facts["groups"]
    ]
    assert (again["web"], again["homeserver"]) == (facts["web"], facts["homeserver"])


@pytest.mark.long
@pytest.mark.timeout(300)  # Three starts of Synapse and a build: slow machines need it.
async def test_the_partner_is_in_the_shared_group_also_after_the_demo_was_killed(tmp_path: Path):
    demo = Demo(tmp_path)
    facts = await demo.start("--partner", "--empty")
    shared = [group for group in facts["groups"] if group["shared_with"]]
    partner = facts["partner"]
    one = partner["people"][0]
    client = await Person.log_in(partner["homeserver"], one["user_id"], one["password"])
    joined = (await client.client.joined_rooms()).rooms
    await client.close()
    await demo.kill()
    events = [demo.events(name) for name in ("synapse", "partner")]

    again = await demo.start("--partner", "--empty")
    await demo.stop()

    assert len(facts["groups"]) == 10
    assert [group["shared_with"] for group in shared] == [[partner["server_name"]]]
    assert ":" not in partner["server_name"]
    assert len(partner["people"]) == 3
    rooms = {shared[0][name] for name in ("space_id", "posts_room_id", "chat_room_id")}
    assert set(joined) == rooms
    assert [demo.events(name) for name in ("synapse", "partner")] == events
    assert again["partner"] == partner
    assert [group["space_id"] for group in again["groups"]] == [
        group["space_id"] for group in facts["groups"]
    ]


async def _without_picture(facts: dict) -> list[str]:
    """Return the people whose profile has no avatar."""
    url, without = f"{facts['homeserver']}/_matrix/client/v3/profile", []
    person = facts["people"][0]
    client = await Person.log_in(facts["homeserver"], person["user_id"], person["password"])
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {client.client.access_token}"}
    ) as session:
        for one in facts["people"]:
            async with session.get(f"{url}/{one['user_id']}") as answer:
                if not (await answer.json()).get("avatar_url", "").startswith("mxc://"):
                    without.append(one["user_id"])
    await client.close()
    return without
