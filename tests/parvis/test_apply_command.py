"""`parvis apply` says what changes, also where nothing does."""

import re

import pytest

from parvis.demo.synapse import free_port
from tests.harness.program import Program
from tests.harness.source import open_source
from tests.harness.wire import tapped

_WRONG = """groups:
  - slug: guilde
    kind: guild
    name: Guilde
  - slug: sport
    parent: velo
    name: Sport
    owners: ["@eve:elsewhere.org"]
    kind: topic
  - {slug: velo, name: Vélo, kind: topic, parent: sport}
  - slug: sport
    name: Encore
    kind: topic
    access: closed
"""


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
    sheet.write_text(_WRONG.replace("velo", slug))
    wrong, _, faults = await program.says("apply", str(sheet))
    _, after, _ = await program.says("export", "--groups")

    assert "nouveau groupe « Vélo »" in rehearsed.replace("\xa0", " ")
    assert "nouveau groupe « Vélo »" in done.replace("\xa0", " ")
    assert "Tous les groupes sont déjà tels que le fichier les déclare." in again
    assert wrong == 2
    assert re.findall(r"line (\d+): (\w+)", faults) == [
        ("3", "kind"), ("6", "parent"), ("8", "owners"), ("10", "parent"), ("11", "slug"),
        ("14", "access"),
    ]  # fmt: skip
    assert re.findall("slug: (.*)", after) == [slug]
    assert "name: Vélo\n" in after


async def test_a_group_costs_a_call_for_each_room_and_each_link(homeserver, nursery, tmp_path):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    prefix, more = homeserver.fresh("cout"), 5
    async with tapped(int(homeserver.url.rpartition(":")[2])) as wire:
        config = tmp_path / "config.yaml"
        around = f"http://127.0.0.1:{wire.port}"
        config.write_text(config.read_text().replace(homeserver.url, around))

        async def changes(groups: int) -> int:
            """Return what making so many groups changes, beside those that stand."""
            wire.said.clear()
            lines = [
                f"- {{slug: {prefix}-{n}, name: Groupe {n}, kind: topic, chat: true}}\n"
                for n in range(groups)
            ]
            sheet = tmp_path / "groups.yaml"
            sheet.write_text("groups:\n" + "".join(lines))
            code, _, err = await program.says("apply", str(sheet))
            assert code == 0, err
            return wire.changes()

        first, then, again = [await changes(count) for count in (1, 1 + more, 1 + more)]

    # Space, posts and chat; the space points at its rooms, and the organization at the space.
    each = 3 + 3
    assert (then, again) == (more * each, 0)
    assert first == 1 + each  # The organization's own space.


async def test_a_command_ends_where_no_homeserver_answers(homeserver, nursery, tmp_path):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace(homeserver.url, f"http://127.0.0.1:{free_port()}"))

    code, _, err = await program.says("rebuild")

    assert code == 1
    assert "parvis check" in err.splitlines()[-1]


@pytest.fixture
async def source():
    async with open_source() as source:
        yield source


async def test_connections_are_made_steered_and_written_by_the_same_file(
    homeserver, nursery, tmp_path, source
):
    more = "outgoing: {private_hosts: [127.0.0.1]}\n"
    program = Program.prepare(tmp_path, homeserver, nursery=nursery, more=more)
    slug, given = homeserver.fresh("velo"), "celui-de-l-atelier-4711"
    group = f"groups:\n  - {{slug: {slug}, name: Vélo, kind: topic, connections: [%s]}}\n"
    (tmp_path / "code.secret").write_text(given + "\n")
    (tmp_path / "code.token").write_text("ghp-jeton-de-l-atelier\n")
    account = f"{{base_url: '{source.url}', token_file: code.token}}"
    code = (
        "{name: code, app: github, secret_file: code.secret, options: {only: [issues.*]}, "
        f"account: {account}}}"
    )
    hook = '{name: crochet, app: generic, mapping: "title: {{ job }}\\ntext: fini"}'
    lab = "{name: labo, app: gitlab, paused: true, options: {bots: false}}"
    again_lab = lab.replace("true", "false").replace("bots: false", "bots: true, mode: thread")

    async def apply(connections: str, *words: str) -> tuple[int, str]:
        (tmp_path / "groups.yaml").write_text(group % connections)
        code, out, err = await program.says("apply", str(tmp_path / "groups.yaml"), *words)
        return code, (out + err).replace("\xa0", " ").replace("\u202f", " ")

    kept = tmp_path / "kept.txt"
    await program.start()  # The running program does it all, and its log holds none of it.
    wrong = await apply(code.replace("code.secret", "absent") + ", {name: x, app: github}")
    faults = await apply("{name: labo, app: gitlab, options: {mode: carte, onyl: [x]}}")
    broken = await apply(hook.replace("job }}", "job | upcas }}"))
    rehearsed = await apply(f"{code}, {lab}", "--dry-run")
    made = await apply(f"{code}, {lab}, {hook}", "--secrets", str(kept))
    again = await apply(f"{code}, {lab}, {hook}")
    changed = await apply(again_lab)
    left = await apply(again_lab, "--dry-run")
    _, exported, _ = await program.says("export", "--groups")
    (tmp_path / "exported.yaml").write_text(exported)
    _, same, _ = await program.says("apply", str(tmp_path / "exported.yaml"))
    said = kept.read_text()

    assert wrong[0] == faults[0] == broken[0] == 2
    parts = {
        "line 2: secret_file: absent": wrong,
        "options.mode": faults,
        "line 2: connections.0.mapping": broken,
        "upcas": broken,
        "nouvelle connexion « code »": rehearsed,
        "only: — → issues.*": rehearsed,
        f"« code » de « Vélo » : {source.url}": made,
        "paused: yes → no": changed,
        "mode: card → thread": changed,
        "« code »": left,
        "Tous les groupes": left,
    }
    assert {part: text for part, (_, text) in parts.items() if part not in text} == {}
    assert made[0] == 0, made[1]
    assert made[1].count("/connections/") == 3
    assert re.search(r"labo .*\n.*/hooks/\S{32}\n.* \S{43}\n", said)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert again == (0, "Tous les groupes sont déjà tels que le fichier les déclare.\n")
    assert "Tous les groupes sont déjà tels" in same
    for part in ("name: labo", "mode: thread", f"base_url: {source.url}"):
        assert part in exported
    assert re.search(r"mapping: \|-\n +title: \{\{ job \}\}\n +text: fini\n", exported)
    secrets = [given, *re.findall(r"\S{32,}$", said, re.MULTILINE)]
    assert len(secrets) == 4
    secrets.append("ghp-jeton-de-l-atelier")
    told = "".join([program.log(), exported, rehearsed[1], made[1], changed[1]])
    assert not [secret for secret in secrets if secret.rpartition("/")[2] in told]
