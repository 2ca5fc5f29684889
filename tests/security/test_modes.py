"""What Parvis writes is for its own account, whatever folder it lies in."""

from pathlib import Path

from tests.harness.homeserver import HomeserverForTests
from tests.harness.nursery import Nursery
from tests.harness.program import Program


async def test_nobody_else_may_read_what_lies_in_an_open_data_folder(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)

    await program.start()
    modes = {path.name: path.stat().st_mode & 0o077 for path in data.iterdir()}
    await program.stop()

    assert {"parvis.db", "secrets.key", "control.sock"} <= modes.keys()
    assert set(modes.values()) == {0}, modes
