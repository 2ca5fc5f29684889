"""A group that is made while the power fails stands once, and complete."""

from collections import Counter

import nio
import pytest

from appservice.account import Account
from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from appservice.ids import RoomAlias
from spaces.model import ROOM_EVENT
from spaces.vocabulary import Part
from tests.harness.homeserver import HomeserverForTests
from tests.harness.nursery import Nursery
from tests.harness.person import Person
from tests.harness.program import Program
from tests.harness.talk import CHARTER
from tests.harness.wait import until


async def _parts(bot: Account) -> Counter[tuple[str, str]]:
    """Count the bot's rooms by group and part, as the rooms themselves say."""
    counted: Counter[tuple[str, str]] = Counter()
    for room_id in await bot.joined_rooms():
        create = await bot.state_event(room_id, "m.room.create")
        mark = create.content.at(ROOM_EVENT)
        if mark.text("group"):
            counted[mark.text("group"), mark.text("part")] += 1
    return counted


async def _begin(admin: Person, bot: Account) -> str:
    """Return a direct conversation that the bot has come to, with the organization joined."""
    local, _, server = bot.user_id.removeprefix("@").partition(":")

    async def root() -> str | None:
        return await bot.room_of_alias(RoomAlias(f"#{local}:{server}"))

    room = await until(root, "the organization stands")

    async def joined() -> bool:
        # Its name points at it before it is finished, and only then lets people in.
        return isinstance(await admin.client.join(room), nio.JoinResponse)

    await until(joined, "the organization lets its people in")
    room_id = await admin.create_room(is_direct=True, invite=[bot.user_id])

    async def came() -> bool:
        return room_id in await bot.joined_rooms()

    await until(came, "the bot came")
    return room_id


_LONG = pytest.mark.long


@pytest.mark.parametrize("made", [pytest.param(1, marks=_LONG), 2, pytest.param(3, marks=_LONG)])
async def test_a_kill_after_each_room_leaves_one_group_and_one_answer(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path, made
):
    admin = await homeserver.person("admin")
    program = Program.prepare(tmp_path, homeserver, admin=admin.user_id, nursery=nursery)
    registration, server = program.registration, Homeserver(base_url=homeserver.url)
    bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
    await program.start()
    room_id = await _begin(admin, bot)
    before = len(await bot.joined_rooms())

    async def rooms_are_made() -> bool:
        return len(await bot.joined_rooms()) >= before + made

    await admin.post(room_id, f"group create Vélo project open {CHARTER} Venir à vélo")
    await until(rooms_are_made, f"{made} rooms are made")
    await program.kill()
    await program.start()
    answer = await admin.hears(
        room_id,
        lambda event: "Vélo" in getattr(event, "body", "")[:40] and event.sender == bot.user_id,
        within=20,
    )
    await program.kill()
    await program.start()
    await admin.post(room_id, "group list")
    listed = await admin.hears(
        room_id, lambda event: "Projet" in str(getattr(event, "body", "")), within=20
    )
    parts = await _parts(bot)

    assert "est créé" in answer.body
    assert listed.body.count("Vélo") == 1
    assert sorted(part for _, part in parts) == sorted([Part.SPACE, Part.POSTS, Part.CHAT])
    assert set(parts.values()) == {1}
    answers = [event for event in admin.seen if "est créé" in str(getattr(event, "body", ""))]
    assert len(answers) == 1
    assert await program.stop() == 0
    await server.close()
    await admin.close()
