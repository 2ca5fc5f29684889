"""What should never have been told is taken back wholly, and not told again."""

import asyncio
from collections import Counter

import sqlalchemy as sa

from appservice.events import REDACTION, RoomEvent
from appservice.ids import RoomId
from appservice.outbox import Outgoing, outbox_table, pending
from appservice.vault import Vault
from bridges.casebook import CaseKey
from bridges.options import Options
from bridges.row_keys import root_key
from bridges.store import activities_table, cases_table, deliveries_table, forgotten_table
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until

_SECRET = "Dossier de Zoé"


def _renamed(minute: int) -> github.GithubCall:
    pull = github.pull_request(7, minute, title=f"{_SECRET} {minute}", body=_SECRET)
    return github.call("pull_request", "edited" if minute else "opened", pull_request=pull)


def _merged(minute: int) -> github.GithubCall:
    over = {"state": "closed", "merged": True, "merged_at": "2026-05-04T09:20:00Z"}
    pull = github.pull_request(7, minute, title=f"{_SECRET} {minute}", body=_SECRET, **over)
    return github.call("pull_request", "closed", pull_request=pull)


def _comment(number: int, minute: int = 19) -> github.GithubCall:
    pull = github.pull_request(7, minute, title=f"{_SECRET} {minute}", body=_SECRET)
    issue = {**pull, "pull_request": {"merged_at": None}}
    comment = {"id": number, "body": f"{_SECRET}, encore", "created_at": "2026-05-04T09:31:00Z"}
    return github.call("issue_comment", "created", issue=issue, comment=comment)


async def test_a_case_with_twenty_edits_leaves_nothing_and_does_not_come_back(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        identifier = url.rpartition("/")[2]
        wish = Options(broadcast=("pull_request.merged",))
        await hooks.bridges.connections.alter(identifier, lambda _: wish)
        for minute in range(20):
            await _tell(hooks, url, secret, _renamed(minute))
        await _tell(hooks, url, secret, _comment(1), _comment(2))
        await _tell(hooks, url, secret, _merged(20))
        other = github.call("issues", "opened", issue=github.pull_request(8, 0, title="Reste"))
        await _tell(hooks, url, secret, other)
        case, root = await _case(hooks, room)
        await hooks.floor.trays.outbox.enqueue(_file_of_a_letter(room, root))
        await hooks.quiet()
        before = await _messages(hooks, room)

        taken_back = await hooks.bridges.forgetting.forget(case)
        await _finished(hooks)
        await _tell(hooks, url, secret, _renamed(50), _comment(3))
        withheld = await hooks.bridges.deliveries.withheld(case[0])
        after, gone = await _messages(hooks, room), await _redactions(hooks, room)
        kept = await _kept(hooks)

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
    assert _SECRET not in kept
    assert case[1] not in kept


async def test_a_digest_that_named_it_goes_and_one_that_did_not_stays(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration, digest_above=0) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        await _tell(hooks, url, secret, _renamed(0))
        other = github.call("issues", "opened", issue=github.pull_request(8, 0, title="Reste"))
        await _tell(hooks, url, secret, other)
        before = await _messages(hooks, room)
        connection = url.rpartition("/")[2]
        (case_id,) = await hooks.bridges.casebook.named(connection, "#7")
        taken_back = await hooks.bridges.forgetting.forget((connection, case_id))
        await _finished(hooks)
        after = await _messages(hooks, room)

    assert [("org.parvis.digest" in one.content.fields) for one in before] == [True, True]
    assert taken_back == 1
    assert ["Reste" in one.content.text("body") for one in after] == [True]


async def test_what_is_forgotten_while_nothing_gets_out_is_forgotten_after_the_next_start(
    homeserver: HomeserverForTests, database_url: str
):
    registration, key = homeserver.take_registration(), Vault.new_key()
    async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        await _tell(hooks, url, secret, _renamed(0))
        case, _ = await _case(hooks, room)
        # Nobody sends any more: what is told now waits, and we are ended in the middle.
        await hooks.floor.machinery.relay.close()
        for call in (_renamed(1), _comment(1, minute=1)):
            assert await post(url, call.body, call.headers(secret)) == 200

        async def told() -> bool:
            return len(await hooks.floor.trays.outbox.waiting(limit=9)) == 2

        await until(told, "an edit and a comment wait")
        await hooks.floor.trays.outbox.enqueue(_file_of_a_letter(room, pending(root_key(*case))))
        taken_back = await hooks.bridges.forgetting.forget(case)
    async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
        await _finished(hooks)
        left, gone = await _messages(hooks, room), await _redactions(hooks, room)
        page = await hooks.floor.trays.bot.messages(room, backwards=False)
        kept = await _kept(hooks)

    assert taken_back == len(set(gone)) == 5
    assert left == []
    assert hooks.reports == hooks.floor.reports == []
    assert not any(_SECRET in str(event.content.fields) for event in page.events)
    assert _SECRET not in kept


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


def _file_of_a_letter(room: str, root: str) -> Outgoing:
    relates = {"rel_type": "m.thread", "event_id": root}
    content = {"msgtype": "m.file", "body": f"{_SECRET}.pdf", "m.relates_to": relates}
    return Outgoing("file:of:a:letter", RoomId(room), content)


async def _finished(hooks: Hooks) -> None:
    async def finished() -> bool:
        rows = await hooks.floor.trays.database.read(sa.select(forgotten_table.c.case_id))
        return [row.case_id for row in rows] == [""]

    await until(finished, "all is forgotten", within=30)
    await hooks.quiet()


async def _messages(hooks: Hooks, room: str) -> list[RoomEvent]:
    page = await hooks.floor.trays.bot.messages(RoomId(room), backwards=False)
    return [one for one in page.events if one.type == "m.room.message" and not one.redacted]


async def _redactions(hooks: Hooks, room: str) -> list[str]:
    page = await hooks.floor.trays.bot.messages(RoomId(room), backwards=False)
    return [str(one.redacts) for one in page.events if one.type == REDACTION]


async def _kept(hooks: Hooks) -> str:
    """Return all that our tables say of deliveries, cases and what was sent."""
    tables = (deliveries_table, cases_table, activities_table, outbox_table, forgotten_table)
    rows = [await hooks.floor.trays.database.read(sa.select(one)) for one in tables]
    return "\n".join(
        str(bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value)
        for table in rows
        for row in table
        for value in row
    )
