"""`parvis rebuild` works beside a running Parvis, and without one."""

import asyncio
import sys

from tests.harness.program import Program


async def _rebuild(program: Program) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "parvis", "rebuild", "-c", str(program.folder / "config.yaml"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def test_rebuild_speaks_to_the_running_program_or_does_it_alone(
    homeserver, nursery, tmp_path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    await program.make_room_and_connection()
    await program.start()
    socket = tmp_path / "data" / "control.sock"

    assert socket.stat().st_mode & 0o077 == 0
    code, out, err = await _rebuild(program)
    assert (code, out) == (0, "The feed is built anew.\n"), err
    assert "rooms: " in err
    assert await program.stop() == 0
    assert not socket.exists()

    code, out, err = await _rebuild(program)
    assert (code, out) == (0, "The feed is built anew.\n"), err
