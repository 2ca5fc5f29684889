"""`parvis apply` says what changes, also where nothing does."""

import asyncio

from tests.harness.program import Program


async def test_apply_says_what_it_changed_and_that_nothing_is_left_to_change(homeserver, tmp_path):
    program = Program.prepare(tmp_path, homeserver)
    sheet = tmp_path / "groups.yaml"
    slug = homeserver.fresh("velo")
    sheet.write_text(f"groups: [{{slug: {slug}, name: Vélo, kind: topic}}]\n")

    async def apply(*words: str) -> str:
        before = len(program.log())
        process = await program.command("apply", str(sheet), *words)
        assert await asyncio.wait_for(process.wait(), 60) == 0, program.log()
        return program.log()[before:]

    rehearsed, done, again = await apply("--dry-run"), await apply(), await apply()

    assert "nouveau groupe « Vélo »" in rehearsed.replace("\xa0", " ")
    assert "nouveau groupe « Vélo »" in done.replace("\xa0", " ")
    assert "Tous les groupes sont déjà tels que le fichier les déclare." in again
