"""Letters that were promised go out after a kill, and nobody gets two."""

import sqlite3

import pytest

from tests.harness.mailbox import Mailbox, open_mailbox
from tests.harness.program import Program
from tests.harness.reader import Reader
from tests.harness.wait import until

_PEOPLE = 12


@pytest.fixture
async def program(homeserver, tmp_path, nursery):
    """An installation with a people file, and the mail server that it is to use."""
    admin = await homeserver.person("admin")
    async with open_mailbox() as mailbox:
        program = Program.prepare(tmp_path, homeserver, admin=admin.user_id, nursery=nursery)
        config = tmp_path / "config.yaml"
        config.write_text(
            f"{config.read_text()}\ndirectory: {{source: file, file: people.csv}}\n"
            f"mail: {{host: 127.0.0.1, port: {mailbox.port}, security: none, "
            "sender: parvis@example.org}\n"
        )
        rows = [f"{homeserver.fresh('p')};p{number}@example.org" for number in range(_PEOPLE)]
        (tmp_path / "people.csv").write_text("\n".join(["username;email", *rows, ""]))
        yield program, mailbox, admin
        await program.end()
        await admin.close()


def _states(program: Program) -> list[str]:
    with sqlite3.connect(program.folder / "data" / "parvis.db") as database:
        return [state for (state,) in database.execute("select state from mails order by state")]


async def _invite_all(program: Program, admin) -> None:
    desk = await Reader.signed_in(program.url, admin)

    async def known() -> bool:
        page = await desk.get("/manage/people?words=example.org")
        return f"({_PEOPLE})" in page.text

    await until(known, "the directory is known", within=30)
    answer = await desk.send(
        "/manage/people", "/manage/people", do="mail", whom="all", words="example.org"
    )
    await desk.close()
    assert answer.status == 200
    assert f"Lettres en route\u00a0: {_PEOPLE}" in answer.text


def _counts(mailbox: Mailbox) -> list[int]:
    return [len(letters) for letters in mailbox.letters.values()]


async def test_letters_survive_a_kill_before_and_amid_their_sending(program):
    program, mailbox, admin = program
    await mailbox.close()
    await program.start()
    await _invite_all(program, admin)
    await program.kill()
    waiting = _states(program)

    mailbox.silent = True  # It takes a letter, and we are killed before it says so.
    await mailbox.open()
    await program.start()

    async def first() -> bool:
        return bool(mailbox.letters)

    await until(first, "the mail server has a letter", within=30)
    await program.kill()
    amid = _states(program)

    mailbox.silent = False
    await program.start()

    async def all_there() -> bool:
        return len(mailbox.letters) == _PEOPLE and "waiting" not in _states(program)

    await until(all_there, "everybody has a letter", within=30)
    desk = await Reader.signed_in(program.url, admin)
    doubted = await desk.get("/manage/people?state=unreachable&words=example.org")
    await desk.close()

    assert waiting == ["waiting"] * _PEOPLE
    assert amid == ["handed", *["waiting"] * (_PEOPLE - 1)]
    assert _counts(mailbox) == [1] * _PEOPLE
    assert doubted.text.count("lettre peut-être partie") == 1
    assert "sent" in _states(program)
