"""What is told in a room that is crowded, to whom it is told, and how often."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from appservice.ids import EventId, RoomId
from appservice.outbox_rows import Outgoing, RowState, pending
from bridges.casebook import Casebook
from bridges.options import Options
from bridges.store import cases_table
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until


async def _worked_off(hooks: Hooks) -> None:
    async def none():
        return not await hooks.bridges.deliveries.waiting(limit=1)

    await until(none, "all calls worked off")


@asynccontextmanager
async def _crowded(hooks: Hooks, room: RoomId) -> AsyncIterator[None]:
    """Hold what is to be sent to *room*: its first row waits for itself."""
    outbox = hooks.floor.trays.outbox
    relation = {"rel_type": "m.thread", "event_id": pending("gate")}
    content = {"msgtype": "m.notice", "body": "gate", "m.relates_to": relation}
    await outbox.enqueue(Outgoing("gate", room, content))
    yield
    gate = await outbox.row("gate")
    await outbox.mark_refused(gate.id, RowState.DEAD, "the gate opens")


async def _root(hooks: Hooks, connection: str, case_id: str) -> EventId:
    """Return the event of a card, once it came back from the homeserver."""
    columns = cases_table.c
    wanted = sa.select(columns.root_event).where(
        columns.connection == connection, columns.case_id == case_id
    )

    async def came_back():
        ((event_id,),) = await hooks.floor.trays.database.read(wanted)
        return event_id

    return EventId(await until(came_back, "the card came back", within=30))


async def _messages(hooks: Hooks, room: RoomId):
    page = await hooks.floor.trays.bot.messages(room, backwards=False)
    return [event for event in page.events if event.type == "m.room.message"]


def _edits_of(messages, root: EventId):
    """Return the cards that *root* was edited to, oldest first."""
    return [
        event.content.at("m.new_content", "org.parvis.card")
        for event in messages
        if event.relation and event.relation.kind == "m.replace"
        if event.relation.target == root
    ]


async def test_cards_catch_up_with_a_digest_but_for_deleted_ones_and_forbidden_fields(
    homeserver: HomeserverForTests, database_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(database_url, homeserver.url, registration, digest_above=1) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        bot, casebook = hooks.floor.trays.bot, Casebook(database=hooks.floor.trays.database)
        room = await bot.create_room({})
        url, secret = await hooks.connect("github", room)
        identifier = url.rpartition("/")[2]
        lives = {number: github.pull_request_history(number) for number in (7, 8)}
        roots = {}
        for number, (opened, *_) in lives.items():
            assert await post(url, opened.body, opened.headers(secret)) == 200
            await hooks.quiet()
            roots[number] = await _root(hooks, identifier, f"5#{number}")

        async with _crowded(hooks, room):
            for *_, merged in lives.values():
                assert await post(url, merged.body, merged.headers(secret)) == 200
            await _worked_off(hooks)
            behind = await casebook.behind(limit=9)
            assert len(behind) == 2
            await bot.redact(room, roots[8], txn_id="forget")

            async def muted():
                return [case for case in (await casebook.known(behind)).values() if case.muted]

            await until(muted, "the deleted card is known")
            await hooks.bridges.connections.alter(identifier, lambda _: Options(fields=()))

        async def caught_up():
            return not await casebook.behind(limit=1)

        await until(caught_up, "cards caught up")
        await hooks.quiet()
        messages = await _messages(hooks, room)

    listed = [one.content.word("org.parvis.digest", "count") for one in messages]
    assert sum(int(count) for count in listed if count) == 2
    (card,) = _edits_of(messages, roots[7])
    assert card.text("state", "word") == "Merged"
    assert not card.items("fields")
    assert not _edits_of(messages, roots[8])


async def test_what_is_private_at_its_source_leaves_nothing_where_partners_read(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    shared: set[str] = set()
    async with open_hooks(sqlite_url, homeserver.url, registration, shared_rooms=shared) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        ours = await hooks.floor.trays.bot.create_room({})
        theirs = await hooks.floor.trays.bot.create_room({})
        shared.add(theirs)
        body = json.loads(github.pull_request_history()[0].body)
        body["repository"]["private"] = True
        call = github.GithubCall("pull_request", json.dumps(body).encode(), "private-1")
        kept = {}
        for room in (ours, theirs):
            url, secret = await hooks.connect("github", room)
            assert await post(url, call.body, call.headers(secret)) == 200
            await hooks.quiet()
            kept[room] = await hooks.bridges.deliveries.withheld(url.rpartition("/")[2])

        assert [len(await _messages(hooks, room)) for room in (ours, theirs)] == [2, 0]
        assert kept == {ours: {}, theirs: {"internal": 1}}


async def test_equal_calls_without_an_id_are_all_told_and_those_with_one_once(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, _ = await hooks.connect("generic", room, scheme="url")
        json_body = {"Content-Type": "application/json"}
        for headers in (json_body, {**json_body, "Idempotency-Key": "night-1"}):
            for _ in range(2):
                assert await post(url, b'{"text": "Sauvegarde faite"}', headers) == 200
        await hooks.quiet()

        assert len(await _messages(hooks, room)) == 3


async def test_what_follows_in_a_case_of_a_wanted_label_is_told_though_it_names_no_label(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, _ = await hooks.connect("generic", room, scheme="url")
        identifier = url.rpartition("/")[2]
        options = Options(labels=("bug",), fields=("comments",))
        await hooks.bridges.connections.alter(identifier, lambda _: options)

        async def say(case: str, text: str, **more: object) -> None:
            call = json.dumps({"thread_id": case, "title": "Titre", "text": text, **more})
            assert await post(url, call.encode(), {"Content-Type": "application/json"}) == 200

        # At once, and after the case is known.
        await asyncio.gather(say("wanted", "Un", labels=["bug"]), say("other", "Autre", labels=[]))
        await hooks.quiet()
        for text in ("Deux", "Trois"):
            await say("wanted", text)
            await say("other", text)
        await hooks.quiet()
        kept = await hooks.bridges.deliveries.withheld(identifier)
        bodies = [one.content.text("body") for one in await _messages(hooks, room)]

    assert kept == {"label": 3}
    texts = ("Un", "Deux", "Trois", "Autre")
    assert [text for text in texts if any(text in one for one in bodies)] == list(texts[:3])
