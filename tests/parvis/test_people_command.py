"""`parvis people` without a running Parvis: it reads the directory when it is told to, and only then."""

from tests.harness.program import Program


async def test_a_rehearsal_changes_nothing_and_a_loss_waits_for_a_word(
    homeserver, nursery, tmp_path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    config, file = tmp_path / "config.yaml", tmp_path / "people.csv"
    config.write_text(config.read_text() + "\ndirectory: {source: file, file: people.csv}\n")
    rows = [f"p{number};Lyon\n" for number in range(8)]

    file.write_text("username;site\np 1;Lyon\np2;Lyon\n;Bron\n")
    faulty = await program.says("people", "load")
    file.write_text("username;site\n" + "".join(rows))
    rehearsed = await program.says("people", "load", "--dry-run")
    loaded = await program.says("people", "load")
    file.write_text("username;site\n" + "".join(rows[:2]))
    doubted = await program.says("people", "load")
    shown = await program.says("people", "show")
    confirmed = await program.says("people", "load", "--confirm")

    assert faulty[:2] == (2, "")
    assert [line.split(":")[0] for line in faulty[2].splitlines()] == ["line 2", "line 4"]
    for code, out, err in (rehearsed, loaded):
        assert code == 0, err
        assert "8 nouvelles" in out
    assert doubted[0] == 1
    assert "6 personnes sur 8" in doubted[1]
    assert "6 personnes sur 8" in shown[1]
    assert (confirmed[0], "6 parties" in confirmed[1]) == (0, True)
