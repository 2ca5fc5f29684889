"""A lost key of secrets is not replaced without a word where the database holds some."""

from tests.harness.program import Program


async def test_parvis_asks_for_its_lost_key_until_it_is_told_to_make_a_new_one(
    homeserver, nursery, tmp_path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    await program.make_room_and_connection()
    key = tmp_path / "data" / "secrets.key"
    old = key.read_text()
    key.unlink()
    lost = await program.says("run")
    made = key.exists()
    key.write_text("")
    emptied = await program.says("run")
    key.write_text(old)
    await program.start()
    assert await program.stop() == 0
    kept = key.read_text()
    key.write_text("new\n")
    await program.start()
    assert await program.stop() == 0

    for code, out, err in (lost, emptied):
        assert (code, out) == (2, "")
        assert f"{key} is missing" in err
        assert f'echo new > "{key}"' in err
    assert not made
    assert kept == old
    assert len(key.read_text()) == len(old)
    assert key.read_text() != old
    assert key.stat().st_mode & 0o077 == 0
