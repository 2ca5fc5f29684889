"""`parvis apply` says what changes, also where nothing does."""

from parvis.demo.synapse import free_port
from tests.harness.program import Program


async def test_apply_says_what_it_changed_and_that_nothing_is_left_to_change(
    homeserver, nursery, tmp_path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    sheet = tmp_path / "groups.yaml"
    slug = homeserver.fresh("velo")
    sheet.write_text(f"groups: [{{slug: {slug}, name: Vélo, kind: topic}}]\n")

    async def apply(*words: str) -> str:
        code, out, err = await program.says("apply", str(sheet), *words)
        assert code == 0, err
        return out

    rehearsed, done, again = await apply("--dry-run"), await apply(), await apply()

    assert "nouveau groupe « Vélo »" in rehearsed.replace("\xa0", " ")
    assert "nouveau groupe « Vélo »" in done.replace("\xa0", " ")
    assert "Tous les groupes sont déjà tels que le fichier les déclare." in again


async def test_a_command_ends_where_no_homeserver_answers(homeserver, nursery, tmp_path):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace(homeserver.url, f"http://127.0.0.1:{free_port()}"))

    code, _, err = await program.says("rebuild")

    assert code == 1
    assert "parvis check" in err.splitlines()[-1]
