"""What docs/webhooks.md tells people to send is understood, each field by its name."""

import json
import re
from pathlib import Path

import aiohttp
import pytest

from appservice.ids import UserId
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.generic.app import APP
from bridges.readings import Reading
from tests.harness.unsent import ROOM, open_door, open_unsent
from tests.harness.wait import until

_PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
_CALLS = [json.loads(text) for text in re.findall(r"-d '(\{.*?\})'", _PAGE, re.DOTALL)]
_ROWS = re.findall(r"^\| (`[a-z_]+`.*?) \| ", _PAGE, re.MULTILINE)
_NAMES = [re.findall(r"`([a-z_]+)`", row) for row in _ROWS]
_VALUES: dict[str, object] = {
    "fields": {"Server": "nas-2"},
    "labels": ["night"],
    "quiet": True,
    "deleted": True,
    "state_class": "failed",
    "url": "https://example.org/1",
    "time": "2026-03-01T10:00:00Z",
}


def _read(body: dict[str, object]) -> Reading:
    reading = APP.read(Delivery({}, Payload.parse(json.dumps(body).encode())))
    assert isinstance(reading, Reading)
    return reading


def test_every_example_is_understood():
    readings = [_read(call) for call in _CALLS]

    assert [reading.event for reading in readings] == ["message", "case", "case"]
    running, done = (reading.card.state for reading in readings[1:])
    assert (running.kind, done.kind) == ("progress", "done")


@pytest.mark.parametrize("names", _NAMES, ids=lambda names: names[0])
def test_every_field_of_the_table_makes_a_difference_by_each_of_its_names(names):
    plain: dict[str, object] = {"thread_id": "7", "state": "strange"}
    plain |= {"text": "Words."} if names[0] != "text" else {"title": "Title"}
    value = _VALUES.get(names[0], f"a {names[0]}")

    for name in names:
        without = {key: what for key, what in plain.items() if key not in names}
        assert _read(without | {name: value}) != _read(without), name


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "text/plain"])
async def test_a_script_may_forget_to_say_that_it_sends_json(sqlite_url: str, form: str):
    async with open_unsent(sqlite_url) as unsent:
        connections, app = unsent.bridges.connections, unsent.bridges.apps["generic"]
        made = await connections.add(app, ROOM, UserId("@ana:parvis.test"))
        async with open_door(unsent) as door, aiohttp.ClientSession() as session:
            url, body = door.make_url(f"/hooks/{made}"), b'\n{"title": "Vanne = 50 % & fermee"}'
            async with session.post(url, data=body, headers={"Content-Type": form}) as answer:
                assert answer.status == 200

        async def told() -> bool:
            return bool(await unsent.posts())

        await until(told, "it is told")
        (post,) = await unsent.posts()

    assert "Vanne = 50 % & fermee" in post["body"]
