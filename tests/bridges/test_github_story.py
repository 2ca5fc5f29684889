"""A pull request's life becomes one living card, on a real homeserver."""

import asyncio
import random

import sqlalchemy as sa

from bridges.deliveries import FAREWELL
from bridges.store import deliveries_table
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post


async def _timeline(hooks: Hooks, room: str):
    """Return root posts, edits and thread comments as a client would count them."""
    page = await hooks.floor.trays.bot.messages(room, backwards=False)
    messages = [event for event in page.events if event.type == "m.room.message"]
    kinds = {"root": [], "edit": [], "step": []}
    for event in messages:
        relation = event.relation
        kind = "root" if relation is None else "edit" if relation.kind == "m.replace" else "step"
        kinds[kind].append(event)
    return kinds


def _card(kinds):
    last = max(kinds["edit"], key=lambda event: event.origin_ts, default=None)
    content = last.content.at("m.new_content") if last else kinds["root"][0].content
    return content.at("org.parvis.card")


async def test_a_history_in_any_order_and_repeated_is_one_card_in_its_last_state(
    homeserver: HomeserverForTests, database_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(database_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        for order in ("as it was", "shuffled"):
            room = await hooks.floor.trays.bot.create_room({})
            url, secret = await hooks.connect("github", room)
            history = github.pull_request_history()
            if order == "shuffled":
                random.Random(4).shuffle(history)

            for call in history:
                assert await post(url, call.body, call.headers(secret)) == 200
                await hooks.quiet()
            before = await _timeline(hooks, room)
            for call in [*history, *reversed(history)]:
                assert await post(url, call.body, call.headers(secret)) == 200
            renamed = [github.GithubCall(call.event, call.body, call.id + "2") for call in history]
            for call in renamed:
                assert await post(url, call.body, call.headers(secret)) == 200
            await hooks.quiet()
            after = await _timeline(hooks, room)

            assert len(before["root"]) == 1
            card = _card(before)
            assert card.text("state", "word") == "Merged"
            assert card.text("state", "class") == "done"
            assert card.texts("labels") == ("bug",)
            verbs = {event.content.text("org.parvis.step", "verb") for event in before["step"]}
            assert verbs == {
                "{actor} opened this pull request",
                "{actor} commented",
                "{actor} approved this",
                "{actor} merged this pull request",
            }
            assert not any("@room" in event.content.text("body") for event in before["step"])
            assert {kind: len(events) for kind, events in after.items()} == {
                kind: len(events) for kind, events in before.items()
            }


async def test_what_is_not_proved_is_refused_and_leaves_nothing(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        url, secret = await hooks.connect("github", "!room:parvis.test")
        call = github.pull_request_history()[0]
        good = dict(call.headers(secret))
        unsigned = {name: value for name, value in good.items() if name != "X-Hub-Signature-256"}

        assert await post(url, call.body, call.headers("wrong")) == 401
        assert await post(url, call.body.replace(b": ", b":"), good) == 401
        assert await post(url, call.body, unsigned) == 401
        assert await post(url + "x", call.body, good) == 404
        assert await post(url, b" " * (25 * 1024 * 1024 + 1), good) == 413

        assert await hooks.floor.trays.database.read(sa.select(deliveries_table)) == []


async def test_the_last_word_of_a_deleted_webhook_is_noted_and_those_who_watch_are_woken(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        url, secret = await hooks.connect("github", "!room:parvis.test")
        call = github.call("meta", "deleted", hook_id=501877201)
        assert await post(url, call.body, call.headers(secret)) == 200
        await asyncio.wait_for(hooks.bridges.pipeline.for_owners.wait(), 20)
        noted = await hooks.bridges.deliveries.last_note(url.rpartition("/")[2])

    assert noted == FAREWELL
