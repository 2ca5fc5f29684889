"""A reply whose sending was cut by a kill is at its source once, whether or not it had arrived."""

import asyncio

import pytest
from msgspec import structs

from appservice.floor import FloorSettings, open_trays
from appservice.ids import UserId
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.actions import Account, Who
from bridges.connection import Connections
from tests.harness import github
from tests.harness.hooks import post
from tests.harness.person import Person
from tests.harness.program import Program
from tests.harness.source import Source, open_source
from tests.harness.wait import until


@pytest.fixture
async def story(homeserver, tmp_path, nursery):
    """An installation, its source, and somebody who may answer."""
    person = await homeserver.person("ana")
    async with open_source() as source:
        program = Program.prepare(tmp_path, homeserver, nursery=nursery)
        config = tmp_path / "config.yaml"
        config.write_text(f'{config.read_text()}\noutgoing: {{private_hosts: ["127.0.0.1"]}}\n')
        yield program, source, person
        print(program.log())  # noqa: T201 - what a failure shows
        await program.end()
        await person.close()


async def _may_answer(program: Program, source: Source, url: str, person: Person, room) -> None:
    """Give the connection an account, and let *person* into its room."""
    key = (program.folder / "data" / "secrets.key").read_text()
    registration = program.registration
    settings = FloorSettings(program.database_url, program.homeserver.url, registration)
    async with open_trays(settings) as trays:
        vault, identifier = Vault([key]), url.rpartition("/")[2]
        account, who = Account(source.url, "geheim-4711"), Who(source.own, source.own)
        accounts = Accounts(database=trays.database, vault=vault)
        await accounts.keep(identifier, account, who, UserId("@ana:parvis.test"))
        await Connections(database=trays.database, vault=vault).alter(
            identifier, lambda now: structs.replace(now, replies=True, writers=("members",))
        )
        await trays.bot.invite(room, person.user_id)
    await person.join(room)


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "lost"])
async def test_a_reply_cut_off_by_a_kill_is_at_its_source_once(story, arrived):
    program, source, person = story
    room, url, secret = await program.make_room_and_connection()
    await _may_answer(program, source, url, person, room)
    await program.start()
    call = github.pull_request_history()[0]
    assert await post(url, call.body, call.headers(secret)) == 200
    card = await person.hears(room, lambda event: "org.parvis.card" in event.source["content"])
    # The sign below a first reply tells that the card is known, and that all is well.
    first = await person.comment(room, card.event_id, "Premier")
    await person.hears(room, lambda event: _is_sign(event, first))

    source.gate.clear()
    source.reached.clear()
    source.forgets = not arrived
    reply = await person.comment(room, card.event_id, "Second")
    await asyncio.wait_for(source.reached.wait(), 20)
    await program.kill()
    source.forgets = False
    source.gate.set()
    await program.start()
    await person.hears(room, lambda event: _is_sign(event, reply))
    await until(program.has_sent_all, "all is sent", within=20)

    said = [one["body"] for one in source.comments]
    assert [sum(word in body for body in said) for word in ("Premier", "Second")] == [1, 1]
    assert "geheim" not in program.log()


def _is_sign(event, target: str) -> bool:
    relates = event.source["content"].get("m.relates_to", {})
    return relates.get("event_id") == target and relates.get("key") == "📨"
