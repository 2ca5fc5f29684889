"""`parvis people` without a running Parvis: it reads the directory when it is told to, and only then."""

import asyncio
import sys
from pathlib import Path

from tests.harness.program import Program


async def _people(folder: Path, *words: str) -> tuple[int, str, str]:
    """Return exit code, results and the rest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "parvis", "people", *words, "-c", str(folder / "config.yaml"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def test_a_rehearsal_changes_nothing_and_a_loss_waits_for_a_word(homeserver, tmp_path):
    Program.prepare(tmp_path, homeserver)
    config, file = tmp_path / "config.yaml", tmp_path / "people.csv"
    config.write_text(config.read_text() + "\ndirectory: {source: file, file: people.csv}\n")
    rows = [f"p{number};Lyon\n" for number in range(8)]

    file.write_text("username;site\np 1;Lyon\np2;Lyon\n;Bron\n")
    faulty = await _people(tmp_path, "load")
    file.write_text("username;site\n" + "".join(rows))
    rehearsed = await _people(tmp_path, "load", "--dry-run")
    loaded = await _people(tmp_path, "load")
    file.write_text("username;site\n" + "".join(rows[:2]))
    doubted = await _people(tmp_path, "load")
    shown = await _people(tmp_path, "show")
    confirmed = await _people(tmp_path, "load", "--confirm")

    assert faulty[:2] == (2, "")
    assert [line.split(":")[0] for line in faulty[2].splitlines()] == ["line 2", "line 4"]
    for code, out, err in (rehearsed, loaded):
        assert code == 0, err
        assert "8 nouvelles" in out
    assert doubted[0] == 1
    assert "6 personnes sur 8" in doubted[1]
    assert "6 personnes sur 8" in shown[1]
    assert (confirmed[0], "6 parties" in confirmed[1]) == (0, True)
