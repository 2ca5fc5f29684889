"""Events that nobody should write: the others are shown, no page breaks, an admin is told."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from appservice.inbox import InboxState
from tests.harness.calls import call
from tests.harness.crawl import crawl
from tests.harness.house import House, open_house
from tests.harness.pushes import push, push_raw
from tests.harness.reader import Reader
from tests.harness.talk import Talk

_LARGE = 2**53 - 1


@pytest.fixture
async def house(homeserver, database_url, tmp_path):
    """A Parvis of its own, on either engine, with an admin."""
    async with AsyncExitStack() as stack:
        admin = await homeserver.person("admin")
        house = await stack.enter_async_context(
            open_house(tmp_path, homeserver, admin=admin.user_id, database_url=database_url)
        )
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        yield house


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def _contents(root: str) -> Iterator[dict[str, Any]]:
    """Yield message contents of every wrong shape that a member can write."""
    for body in (7, ["x"], {"a": 1}, None, True, "NUL \x00 inside", "half \ud800 a pair", ""):
        yield {"msgtype": "m.text", "body": body}
    for msgtype in ({}, 5, "m.image", "m.file"):
        yield {"msgtype": msgtype, "body": "x", "url": 9, "info": ["x"], "filename": {}}
    yield {"msgtype": "m.image", "body": "x", "url": "mxc://parvis.test/a", "info": {"size": -5}}
    yield {"msgtype": "m.image", "body": "", "url": "mxc://a/../../b", "info": {"w": 2**52}}
    for post in (7, [], {"title": ["x"], "labels": {"a": 1}, "lang": 5, "source": {}}):
        yield {"msgtype": "m.text", "body": "x", "org.parvis.post": post}
    labels = ["l" * 50_000, "\x00", "", "<b>"]
    yield {"msgtype": "m.text", "body": "x", "org.parvis.post": {"labels": labels}}
    yield {"msgtype": "m.text", "body": "x", "org.parvis.post": {"title": "t" * 50_000}}
    yield {"msgtype": "m.text", "body": "x", "k" * 50_000: "v"}
    yield {"msgtype": "m.text", "body": "x", "deep": _nested(80)}
    html = {"format": "org.matrix.custom.html", "formatted_body": "<div>" * 8_000}
    yield {"msgtype": "m.text", "body": "x", **html}
    for relates in ("x", 5, [], {"rel_type": 5, "event_id": {}}, {"m.in_reply_to": 3}):
        yield {"msgtype": "m.text", "body": "relates", "m.relates_to": relates}
    for new in (5, [], {"body": 5}, {"msgtype": "m.text", "body": "\x00"}):
        edit = {"rel_type": "m.replace", "event_id": root}
        yield {"msgtype": "m.text", "body": "*", "m.new_content": new, "m.relates_to": edit}


async def test_a_member_who_writes_wrong_shapes_hides_nothing_and_breaks_no_page(house: House):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Formes", [ana, malik])
    before = await ana.post(group.posts_id, "Avant les formes")
    path = f"/rooms/{group.posts_id}/send/m.room.message/"
    tries = [
        await call(malik, "PUT", f"{path}{number}", content)
        for number, content in enumerate(_contents(before))
    ]
    for number, key in enumerate(("k" * 50_000, "\x00", "", 5, {"a": 1})):
        relates = {"rel_type": "m.annotation", "event_id": before, "key": key}
        content = {"m.relates_to": relates}
        await call(malik, "PUT", f"/rooms/{group.posts_id}/send/m.reaction/r{number}", content)
    after = await ana.post(group.posts_id, "Après les formes")
    await house.shows(after)
    await asyncio.wait_for(house.app.machinery.dispatch.idle(), 60)
    reader = await Reader.signed_in(house.url, malik)
    pages = await crawl(reader, f"/posts/{before}", "/search?q=formes")
    await reader.close()
    parked = await house.app.trays.inbox.count(InboxState.PARKED)

    assert sum(status == 200 for status, _ in tries) > len(tries) / 2
    assert {path: page.status for path, page in pages.items() if page.status >= 500} == {}
    assert any("Avant les formes</a></h2>" in page.text for page in pages.values())
    assert "Après les formes" in pages["/"].text
    assert parked == 0


def _pushed(room: str, number: object, **changes: Any) -> dict[str, Any]:
    return {
        "event_id": f"$pushed{number}",
        "room_id": room,
        "sender": "@malik:parvis.test",
        "type": "m.room.message",
        "origin_server_ts": 1_700_000_000_000,
        "content": {"msgtype": "m.text", "body": f"poussé {number}"},
        **changes,
    }


def _hostile_events(room_id: str) -> Iterator[dict[str, Any]]:
    """Yield what is no event, or one that no homeserver would let pass."""

    def one(number: object, **changes: Any) -> dict[str, Any]:
        return _pushed(room_id, number, **changes)

    def about(number: object, rel_type: str, target: str) -> dict[str, Any]:
        relates = {"rel_type": rel_type, "event_id": target, "m.in_reply_to": {"event_id": target}}
        new = {"msgtype": "m.text", "body": "edited"}
        content = {"msgtype": "m.text", "body": "*", "m.new_content": new, "m.relates_to": relates}
        return one(number, content=content)

    for name in ("event_id", "room_id", "sender", "type", "origin_server_ts", "content"):
        for number, value in enumerate((None, 5, [], {}, "", "\x00", "x" * 3000)):
            yield one(f"{name}{number}", **{name: value})
    for number, at in enumerate((0, -1, _LARGE, 2**62, 1.5, 8.64e15, "yesterday", True)):
        yield one(f"at{number}", origin_server_ts=at)
    for kind in ("m.thread", "m.replace", "", "m.annotation"):
        yield about(f"self{kind}", kind, f"$pushedself{kind}")
        yield about(f"ring{kind}1", kind, f"$pushedring{kind}2")
        yield about(f"ring{kind}2", kind, f"$pushedring{kind}3")
        yield about(f"ring{kind}3", kind, f"$pushedring{kind}1")
    yield one("own", type="m.room.redaction", redacts="$pushedown")
    yield one("nul", type="m.room.redaction", redacts="\x00")
    for number, key in enumerate(("@x:parvis.test", "\x00", "y" * 3000, "not a person")):
        content = {"membership": 5, "displayname": ["x"], "avatar_url": "\x00"}
        yield one(f"member{number}", type="m.room.member", state_key=key, content=content)
        nul = {"membership": "join\x00", "displayname": "z\x00\u202e" * 999}
        yield one(f"nul{number}", type="m.room.member", state_key=key, content=nul)
    yield one("huge", content={"body": 10**400, "msgtype": "m.text"})


async def test_what_no_homeserver_would_push_is_put_aside_and_an_admin_is_told(house: House):
    admin = house.people[0]
    talk = await Talk.begin(house, admin)
    await talk.ask("language en")
    ana = await house.person("ana")
    group = await house.group("Poison", [ana])
    hostile = list(_hostile_events(group.posts_id))
    mixed = [
        event for pair in zip(hostile, hostile[1:] + hostile[:1], strict=True) for event in pair
    ]
    good = [_pushed(group.posts_id, f"good{number}") for number in range(3)]
    raw = b'{"events":[{"event_id":"$broken","origin_server_ts":1e999,"content":{"body":"\\ud800"}},%s]}'
    last = _pushed(group.posts_id, "last")

    statuses = [
        await push(house, "one", [good[0], *mixed[: len(mixed) // 2], 5, None, "x", good[1]]),
        await push(house, "two", [*mixed[len(mixed) // 2 :], good[2]]),
        await push_raw(house, "three", raw % json.dumps(last).encode()),
    ]
    await asyncio.wait_for(house.app.machinery.dispatch.idle(), 60)
    for event in (*good, last):
        await house.shows(event["event_id"])
    reader = await Reader.signed_in(house.url, ana)
    pages = await crawl(reader, "/search?q=pousse", f"/groups/{group.slug}")
    await reader.close()
    await admin.hears(talk.room_id, lambda event: bool(_told(event)))
    status = await talk.ask("status")
    parked = await house.app.trays.inbox.count(InboxState.PARKED)
    address = f"http://{house.app.config.metrics.listen}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        figures = await answer.text()

    assert statuses == [200, 200, 200]
    assert {path: page.status for path, page in pages.items() if page.status >= 500} == {}
    assert all(f"poussé good{number}" in pages["/"].text for number in range(3))
    assert parked > 10
    told = [_told(event) for event in admin.seen if _told(event)]
    assert len(told) == 1, "one line an hour, however many there are"
    assert 1 <= int(told[0]) <= parked
    assert f"Events put aside: {parked}" in status
    assert f'parvis_inbox_events{{state="parked"}} {float(parked)}' in figures


def _told(event: Any) -> str:
    """Return how many events a line of the bot says that it put aside."""
    found = re.match(r"I could not take in (\d+) events?", str(getattr(event, "body", "")))
    return found[1] if found else ""
