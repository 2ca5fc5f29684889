"""A mailbox on a real IMAP server: each letter is taken in once, whatever breaks."""

import asyncio
from pathlib import Path

import pytest
from aioimaplib import IMAP4
from msgspec import structs

from appservice.languages import Language, phrases
from appservice.trouble import Trouble
from appservice.vault import Vault
from bridges.letterbox.line import Line, MailboxAway, MailboxRefused, open_line
from bridges.letterbox.settings import LineSecurity
from parvis.config import load
from parvis.config_mail import IncomingMailSection
from parvis.doctor.findings import Pen, Verdict
from parvis.doctor.letters import letter_findings
from tests.bridges.test_lmtp import Entrance, open_entrance
from tests.harness.imap import PASSWORD, USER, ImapServer, open_imap
from tests.harness.post import hand_over, letter
from tests.harness.wait import until


async def _has(door: Entrance, number: int) -> None:
    async def so() -> bool:
        return len(await door.taken()) == number

    await until(so, f"{number} letters are taken in")


async def _all_read(imap: ImapServer, *, but: int = 0) -> None:
    async def so() -> bool:
        return await imap.unread() == but

    await until(so, "what was taken in is marked as read")


def _numbered(to: str, *numbers: int):
    return [
        letter(f"Nº {number}", "x", to=f"Place <{to}>", headers={"Message-ID": f"<{number}@x>"})
        for number in numbers
    ]


async def test_what_lies_there_and_what_comes_is_taken_in_and_marked(database_url: str):
    async with (
        open_imap() as imap,
        open_entrance(database_url, lmtp_listen="", mailbox=imap.settings()) as door,
    ):
        connection, address = await door.connect()
        await imap.put(*_numbered(address, 1, 2), letter("Autre", "x", to="ana@example.org"))
        await _has(door, 2)
        await imap.put(*_numbered(address, 3))
        await _has(door, 3)
        # As servers say it of whom they brought a letter to that names others.
        hidden = letter("Caché", "x", to="tous@example.org", headers={"Delivered-To": address})
        await imap.put(hidden)
        await _has(door, 4)

        assert await door.taken() == [connection] * 4
        await _all_read(imap)


async def test_after_an_outage_only_what_is_missing_comes(database_url: str):
    async with (
        open_imap() as imap,
        open_entrance(database_url, lmtp_listen="", mailbox=imap.settings()) as door,
    ):
        _, address = await door.connect()
        await imap.put(*_numbered(address, 1, 2))
        await _has(door, 2)
        await imap.close()
        await imap.open()
        await imap.put(*_numbered(address, 3, 4))
        await _has(door, 4)

        await _all_read(imap)
        assert imap.lines < 40


async def test_a_restart_reads_on_and_what_came_by_both_ways_is_one(database_url: str):
    key = Vault.new_key()
    async with open_imap() as imap:
        async with open_entrance(database_url, key=key, mailbox=imap.settings()) as door:
            _, address = await door.connect()
            one, two = _numbered(address, 1, 2)
            assert (await hand_over(door.listen, one, address))[address][0] == 250
            await imap.put(one, two)
            await _has(door, 2)
        async with open_entrance(database_url, key=key, mailbox=imap.settings()) as again:
            await imap.put(*_numbered(address, 3))
            await _has(again, 3)


@pytest.mark.parametrize(
    ("of", "asked"),
    [
        pytest.param(Line, "letter", id="while another is read"),
        pytest.param(IMAP4, "idle_start", id="just before the waiting begins"),
    ],
)
async def test_a_letter_that_comes_when_nobody_listens_does_not_wait_long(
    database_url: str, monkeypatch: pytest.MonkeyPatch, of: type, asked: str
):
    """Of the one its server tells in the answer to something else, of the other some never tell."""
    ask, more = getattr(of, asked), list[bytes]()

    async def come_first(*given: object, **named: object) -> object:
        while more:
            await imap.put(more.pop())
        return await ask(*given, **named)

    monkeypatch.setattr(of, asked, come_first)
    async with (
        open_imap() as imap,
        open_entrance(database_url, lmtp_listen="", mailbox=imap.settings()) as door,
    ):
        _, address = await door.connect()
        first, second = _numbered(address, 1, 2)
        more.append(second)
        await imap.put(first)
        await _has(door, 2)
        await _all_read(imap)


async def test_letters_to_a_paused_connection_wait_in_the_mailbox(database_url: str):
    async with (
        open_imap() as imap,
        open_entrance(database_url, lmtp_listen="", mailbox=imap.settings()) as door,
    ):
        (one, held), (two, free) = await door.connect(), await door.connect()
        await door.connections.pause(one)
        await imap.put(*_numbered(held, 1), *_numbered(free, 2))
        await _has(door, 1)
        await _all_read(imap, but=1)
        await door.connections.resume(one)
        await imap.put(*_numbered(free, 3))
        await _has(door, 3)

        assert sorted(await door.taken()) == sorted([one, two, two])
        await _all_read(imap)


async def test_a_wrong_password_is_told_once(database_url: str):
    async with open_imap() as imap:
        settings = imap.settings(password="wrong")
        async with open_entrance(database_url, lmtp_listen="", mailbox=settings) as door:

            async def told() -> bool:
                return bool(door.reports)

            await until(told, "the admins are told")
            assert [trouble for trouble, _ in door.reports] == [Trouble.MAILBOX]
            assert "wrong" not in door.reports[0][1]


async def test_a_line_says_whether_it_is_refused_or_away():
    async with open_imap() as imap:
        async with open_line(imap.settings()) as line:
            assert line.validity
            assert await line.since(1) == []
        for given in ({"password": "wrong"}, {"folder": "Nowhere"}):
            with pytest.raises(MailboxRefused):
                async with open_line(imap.settings(**given)):
                    pass
        await imap.close()
        with pytest.raises(MailboxAway):
            async with asyncio.timeout(20), open_line(imap.settings()):
                pass


async def test_a_line_that_breaks_in_the_middle_of_a_question_is_away_at_once():
    async with open_imap() as imap, open_line(imap.settings()) as line:
        asked = asyncio.ensure_future(line.since(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await imap.close()
        with pytest.raises(MailboxAway):
            async with asyncio.timeout(20):
                await asked


async def test_the_examination_names_what_keeps_letters_out():
    async with open_imap() as imap:
        section = IncomingMailSection(
            address="parvis+{token}@example.org",
            authserv_id="mx.example.org",
            lmtp_listen="0.0.0.0:29334",
            host="127.0.0.1",
            port=imap.port,
            security=LineSecurity.NONE,
            user=USER,
            password=PASSWORD,
        )
        config, pen = load(Path("config.example.yaml")), Pen(phrases(Language.FR))

        async def found(**given: object) -> list[tuple[Verdict, bool]]:
            changed = structs.replace(config, incoming_mail=structs.replace(section, **given))
            return [(one.verdict, bool(one.remedy)) async for one in letter_findings(changed, pen)]

        assert await found() == [(Verdict.WARNING, True), (Verdict.FINE, False)]
        assert await found(lmtp_listen="", password="wrong") == [(Verdict.FAULT, True)]
        await imap.close()
        assert await found(lmtp_listen="127.0.0.1:29334") == [(Verdict.FAULT, True)]
        assert await found(address="") == []
