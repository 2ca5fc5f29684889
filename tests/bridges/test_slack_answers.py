"""Slack's clients read our answers, so they are Slack's own, word for word."""

import json

import aiohttp
import pytest

from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import open_hooks

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
CALLS: dict[str, tuple[dict[str, str], str, tuple[int, str]]] = {
    "a text": (JSON, '{"text": "hello"}', (200, "ok")),
    "a form": (FORM, "payload=%7B%22text%22%3A%22hello%22%7D", (200, "ok")),
    "blocks alone": (JSON, '{"blocks": [{"type": "divider"}]}', (200, "ok")),
    "attachments alone": (JSON, '{"attachments": [{"fallback": "x"}]}', (200, "ok")),
    "no JSON": (JSON, "hello", (400, "invalid_payload")),
    "no object": (JSON, '["text"]', (400, "invalid_payload")),
    "nothing": (JSON, "", (400, "invalid_payload")),
    "a form without payload": (FORM, "text=hello", (400, "invalid_payload")),
    "JSON called a form": (FORM, '{"text": "hello"}', (400, "invalid_payload")),
    "no text": (JSON, "{}", (400, "no_text")),
    "an empty text": (JSON, '{"text": " ", "attachments": [], "blocks": null}', (400, "no_text")),
    "a text of another kind": (JSON, '{"text": 7}', (400, "no_text")),
    "attachments of another kind": (JSON, '{"attachments": "x"}', (400, "invalid_attachments")),
    "blocks of another kind": (JSON, '{"text": "a", "blocks": {"a": 1}}', (400, "invalid_blocks")),
    "51 blocks": (JSON, json.dumps({"blocks": [{}] * 51}), (400, "invalid_blocks")),
    "101 attachments": (
        JSON,
        json.dumps({"attachments": [{"text": "a"}] * 101}),
        (400, "too_many_attachments"),
    ),
}


@pytest.mark.timeout(60)
async def test_each_call_is_answered_as_slack_would(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_hooks(sqlite_url, homeserver.url, registration) as hooks,
        aiohttp.ClientSession() as session,
    ):
        url, _ = await hooks.connect("slack", "!room:parvis.test")

        async def answer(headers: dict[str, str], body: str) -> tuple[int, str]:
            async with session.post(url, data=body, headers=headers) as response:
                return response.status, await response.text()

        got = {name: await answer(headers, body) for name, (headers, body, _) in CALLS.items()}
        assert got == {name: expected for name, (_, _, expected) in CALLS.items()}

        identifier = url.rpartition("/")[2]
        await hooks.bridges.connections.remove(identifier)
        assert await answer(JSON, '{"text": "late"}') == (410, "channel_is_archived")
        assert not hooks.reports
