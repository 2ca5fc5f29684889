"""What should never have been told is taken back wholly, and not told again."""

import asyncio
from collections import Counter
from dataclasses import replace

import aiohttp
import pytest
import sqlalchemy as sa

from appservice.ids import RoomId
from appservice.outbox_rows import Outgoing, pending
from appservice.vault import Vault
from bridges.casebook import CaseKey
from bridges.options import Options
from bridges.row_keys import root_key
from bridges.store import forgotten_table
from tests.harness import github
from tests.harness.forgetting import (
    SECRET,
    commented,
    kept,
    merged,
    other,
    redacted,
    renamed,
    standing,
)
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until


async def test_a_case_with_twenty_edits_leaves_nothing_and_does_not_come_back(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        bot = hooks.floor.trays.bot
        room = await bot.create_room({})
        url, secret = await hooks.connect("github", room)
        identifier = url.rpartition("/")[2]
        wish = Options(broadcast=("pull_request.merged",))
        await hooks.bridges.connections.alter(identifier, lambda _: wish)
        for minute in range(20):
            await _tell(hooks, url, secret, renamed(minute))
        await _tell(hooks, url, secret, commented(1), commented(2))
        await _tell(hooks, url, secret, merged(20))
        await _tell(hooks, url, secret, other())
        case, root = await _case(hooks, room)
        uri = await _uploaded(hooks)
        await hooks.floor.trays.outbox.enqueue(_file_of_a_letter(room, root, uri))
        await hooks.quiet()
        before = await standing(bot, room)

        taken_back = await hooks.bridges.forgetting.forget(case, asked="$a")
        await _finished(hooks)
        await _tell(hooks, url, secret, renamed(50), commented(3))
        withheld = await hooks.bridges.deliveries.withheld(case[0])
        after, gone = await standing(bot, room), await redacted(bot, room)
        known = await kept(hooks.floor.trays.database)
        assert await _is_kept(hooks, uri)  # Nobody lent us the right to delete it.

    kinds = Counter(one.relation.kind.value if one.relation else "root" for one in before)
    assert kinds == {"root": 3, "m.replace": 20, "m.thread": 6}
    # Of the comments one is the other case's, and one (a letter's file) is found in the thread; the
    # line that was broadcast goes too.
    assert taken_back == 1 + 20 + 4 + 1
    assert len(gone) == len(set(gone)) == 1 + 20 + 5 + 1
    assert [one.content.text("body").partition("\n")[0] for one in after] == [
        "Reste #8",
        "ana a ouvert ce ticket",
    ]
    assert withheld == {"forgotten": 2}
    assert SECRET not in known
    assert case[1] not in known


async def test_a_digest_that_named_it_goes_and_one_that_did_not_stays(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration, digest_above=0) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        await _tell(hooks, url, secret, renamed(0))
        await _tell(hooks, url, secret, other())
        before = await standing(hooks.floor.trays.bot, room)
        connection = url.rpartition("/")[2]
        (case_id,) = await hooks.bridges.casebook.named(connection, "#7")
        taken_back = await hooks.bridges.forgetting.forget((connection, case_id), asked="$a")
        await _finished(hooks)
        after = await standing(hooks.floor.trays.bot, room)

    assert [("org.parvis.digest" in one.content.fields) for one in before] == [True, True]
    assert taken_back == 1
    assert ["Reste" in one.content.text("body") for one in after] == [True]


@pytest.mark.parametrize("by", ["root", "somebody", "nobody"])
async def test_files_are_deleted_where_an_administrator_lends_us_the_right(
    homeserver: HomeserverForTests, sqlite_url: str, by: str
):
    registration = homeserver.take_registration()
    lender = await homeserver.person_called(homeserver.fresh(by), admin=by == "root")
    token = lender.token if by != "nobody" else "no-such-token"
    await lender.close()
    async with open_hooks(sqlite_url, homeserver.url, registration, admin_token=token) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        outbox = hooks.floor.trays.outbox
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        await _tell(hooks, url, secret, renamed(0))
        case, root = await _case(hooks, room)
        shown, waiting, others = [await _uploaded(hooks) for _ in range(3)]
        await outbox.enqueue(_file_of_a_letter(room, root, shown))
        await outbox.enqueue(replace(_file_of_a_letter(room, "$x", others), key="another"))
        await hooks.quiet()
        await hooks.floor.machinery.relay.close()
        below = pending(root_key(*case))
        await outbox.enqueue(replace(_file_of_a_letter(room, below, waiting), key="unsent"))
        await hooks.bridges.forgetting.forget(case, asked="$a")
        await _finished(hooks, quiet=False)

        assert [await _is_kept(hooks, uri) for uri in (shown, waiting)] == [by != "root"] * 2
        assert await _is_kept(hooks, others)
        assert waiting not in await kept(hooks.floor.trays.database)


async def test_what_is_forgotten_while_nothing_gets_out_is_forgotten_after_the_next_start(
    homeserver: HomeserverForTests, database_url: str
):
    registration, key = homeserver.take_registration(), Vault.new_key()
    async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        await _tell(hooks, url, secret, renamed(0))
        case, _ = await _case(hooks, room)
        # Nobody sends any more: what is told now waits, and we are ended in the middle.
        await hooks.floor.machinery.relay.close()
        for call in (renamed(1), commented(1, minute=1)):
            assert await post(url, call.body, call.headers(secret)) == 200

        async def told() -> bool:
            return len(await hooks.floor.trays.outbox.waiting(limit=9)) == 2

        await until(told, "an edit and a comment wait")
        below = pending(root_key(*case))
        await hooks.floor.trays.outbox.enqueue(_file_of_a_letter(room, below, ""))
        taken_back = await hooks.bridges.forgetting.forget(case, asked="$a")
    async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
        await _finished(hooks)
        bot = hooks.floor.trays.bot
        left, gone = await standing(bot, room), await redacted(bot, room)
        page = await bot.messages(room, backwards=False)
        known = await kept(hooks.floor.trays.database)

    assert taken_back == len(set(gone)) == 5
    assert left == []
    assert hooks.reports == hooks.floor.reports == []
    assert not any(SECRET in str(event.content.fields) for event in page.events)
    assert SECRET not in known


async def _tell(hooks: Hooks, url: str, secret: str, *calls: github.GithubCall) -> None:
    for call in calls:
        assert await post(url, call.body, call.headers(secret)) == 200
    await hooks.quiet()


async def _case(hooks: Hooks, room: str) -> tuple[CaseKey, str]:
    """Return the secret case, which people call #7, and its card."""
    (connection,) = await hooks.bridges.connections.in_room(RoomId(room))
    (case_id,) = await hooks.bridges.casebook.named(connection.id, "7")

    async def came_back() -> str:
        return await hooks.bridges.casebook.root_of((connection.id, case_id))

    root = await until(came_back, "the card came back")
    for name in (root, f"https://matrix.to/#/{room}/%24{root[1:]}?via=x"):
        assert await hooks.bridges.casebook.named(connection.id, name) == [case_id]
    return (connection.id, case_id), root


async def _uploaded(hooks: Hooks) -> str:
    """Return the address of a file at the homeserver."""
    return await hooks.floor.trays.bot.upload(b"%PDF", mimetype="application/pdf", name="x.pdf")


async def _is_kept(hooks: Hooks, uri: str) -> bool:
    """Tell whether the homeserver has a file still."""
    settings = hooks.floor.trays.settings
    path = f"{settings.homeserver_url}/_matrix/client/v1/media/download/{uri[len('mxc://') :]}"
    headers = {"Authorization": f"Bearer {settings.registration.as_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(path) as answer,
    ):
        assert answer.status in {200, 404}
        return answer.status == 200


def _file_of_a_letter(room: str, root: str, uri: str) -> Outgoing:
    relates = {"rel_type": "m.thread", "event_id": root}
    named = {"msgtype": "m.file", "body": f"{SECRET}.pdf", "url": uri}
    content = {**named, "m.relates_to": relates}
    return Outgoing("file:of:a:letter", RoomId(room), content)


async def _finished(hooks: Hooks, *, quiet: bool = True) -> None:
    async def finished() -> bool:
        rows = await hooks.floor.trays.database.read(sa.select(forgotten_table.c.case_id))
        return [row.case_id for row in rows] == [""]

    await until(finished, "all is forgotten", within=30)
    if quiet:
        await hooks.quiet()
