"""`parvis rebuild` works beside a running Parvis, and without one."""

from tests.harness.program import Program


async def test_rebuild_speaks_to_the_running_program_or_does_it_alone(
    homeserver, nursery, tmp_path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    await program.make_room_and_connection()
    await program.start()
    socket = tmp_path / "data" / "control.sock"

    assert socket.stat().st_mode & 0o077 == 0
    code, out, err = await program.says("rebuild")
    assert (code, out) == (0, "The feed is built anew.\n"), err
    assert "rooms: " in err
    assert await program.stop() == 0
    assert not socket.exists()

    code, out, err = await program.says("rebuild")
    assert (code, out) == (0, "The feed is built anew.\n"), err
