"""Without Parvis the organization goes on: its co-creator owns every room."""

import asyncio
import sys

import nio
import pytest

from appservice.languages import Language, phrases
from spaces.retire import Retirement
from spaces.vocabulary import Access
from tests.harness.house import open_house


@pytest.mark.parametrize("version", ["11", "12"])
async def test_the_co_creator_renames_changes_levels_and_upgrades_every_room(
    homeserver, tmp_path, version
):
    keeper = await homeserver.person("keeper")
    more = f', co_creator: "{keeper.user_id}", room_version: "{version}"'
    async with open_house(tmp_path, homeserver, more=more) as house:
        ana = await house.person("ana")
        group = await house.group("Budget", [ana], access=Access.PRIVATE)
        secret = await house.group("Cession", [ana], access=Access.SECRET)
        root = await house.app.spaces.reconciler.root()
        retirement = Retirement(bot=house.app.trays.bot, reconciler=house.app.spaces.reconciler)
        report = await retirement.report(phrases(Language.FR))
    rooms = [root, *group.rooms, *secret.rooms]

    assert all(room in report for room in rooms)
    assert "Budget" in report
    assert "Cession" not in report
    for room_id in rooms:
        await keeper.join(room_id)
        renamed = await keeper.client.room_put_state(room_id, "m.room.name", {"name": "Autre"})
        assert isinstance(renamed, nio.RoomPutStateResponse), renamed
        levels = await keeper.client.room_get_state_event(room_id, "m.room.power_levels")
        content = {**levels.content, "invite": 50}
        changed = await keeper.client.room_put_state(room_id, "m.room.power_levels", content)
        assert isinstance(changed, nio.RoomPutStateResponse), changed
        path = f"/_matrix/client/v3/rooms/{room_id}/upgrade?access_token={keeper.token}"
        answer = await keeper.client.send("POST", path, f'{{"new_version": "{version}"}}')
        assert answer.status == 200, await answer.text()
    await keeper.close()


async def test_the_command_writes_the_report(homeserver, tmp_path):
    from tests.harness.program import Program  # noqa: PLC0415

    program = Program.prepare(tmp_path, homeserver)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "parvis", "retire", "-c", str(tmp_path / "config.yaml"),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 0
    assert out.decode().startswith("# À qui sont les salons")
    assert program.registration.bot in out.decode()
