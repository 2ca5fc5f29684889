"""Letters reach a real mail server once, and what cannot be sent is known."""

import asyncio
import sqlite3
import ssl
from contextlib import asynccontextmanager

import pytest
from aiosmtplib import SMTPAuthenticationError, SMTPException

from appservice.background import Background
from appservice.database import Database
from appservice.mail.carrier import MailCarrier
from appservice.mail.settings import MailSecurity, MailSettings, is_address
from appservice.mail.tray import Mail, MailState, MailTray
from appservice.migrations import migrate
from appservice.vault import Vault
from parvis.demo.federation import Authority
from tests.harness.mailbox import ServerTls, open_mailbox
from tests.harness.wait import until

_FAR = 2**52


@asynccontextmanager
async def _tray(url: str, key: str):
    database = await Database.open(url)
    await migrate(database)
    try:
        yield database, MailTray(database=database, vault=Vault([key]))
    finally:
        await database.close()


def _carrier(tray: MailTray, port: int, clock=lambda: 0) -> MailCarrier:
    settings = MailSettings(
        "127.0.0.1", port, "parvis@example.org", "Ateliers Rhône", MailSecurity.NONE
    )
    return MailCarrier(tray=tray, settings=settings, clock=clock)


def _mail(name: str, until: int = _FAR) -> Mail:
    return Mail(f"key of {name}", f"{name}@example.org", f"Bienvenue, {name}", "Voilà l’été", until)


async def test_a_letter_arrives_once_and_is_then_forgotten(database_url):
    async with open_mailbox() as mailbox, _tray(database_url, Vault.new_key()) as (database, tray):
        carrier = _carrier(tray, mailbox.port)
        for _ in range(2):
            await database.write(tray.enqueue(_mail("ana"), _mail("zoe")))
            await carrier.carry()
        states = await tray.states()

    assert {name: len(letters) for name, letters in mailbox.letters.items()} == {
        "ana@example.org": 1,
        "zoe@example.org": 1,
    }
    letter = mailbox.letters["ana@example.org"][0]
    assert letter["Subject"] == "Bienvenue, ana"
    assert letter["From"] == "Ateliers Rhône <parvis@example.org>"
    assert letter["To"] == "ana@example.org"
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter.get_content().strip() == "Voilà l’été"
    assert set(states.values()) == {MailState.SENT}


async def test_what_a_letter_says_does_not_lie_in_the_database(tmp_path):
    url = f"sqlite:///{tmp_path}/parvis.db"
    async with _tray(url, Vault.new_key()) as (database, tray):
        await database.write(tray.enqueue(_mail("ana")))
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"ana@example.org" in raw
    assert "été".encode() not in raw
    assert sqlite3.connect(tmp_path / "parvis.db").execute("select count(*) from mails").fetchone()


async def test_who_is_refused_for_good_gets_nothing_and_the_others_all(sqlite_url):
    async with open_mailbox() as mailbox, _tray(sqlite_url, Vault.new_key()) as (database, tray):
        mailbox.refusals = {
            "gone@example.org": "550 no such mailbox",
            "full@example.org": "452 mailbox full",
        }
        await database.write(tray.enqueue(*map(_mail, ("ana", "full", "gone", "zoe"))))
        now = 1000
        carrier = _carrier(tray, mailbox.port, clock=lambda: now)
        await carrier.carry()
        first = await tray.states()
        mailbox.refusals.clear()
        await carrier.carry()
        early = await tray.states()
        now += 61_000
        await carrier.carry()
        late = await tray.states()

    assert first == {
        "key of ana": MailState.SENT,
        "key of zoe": MailState.SENT,
        "key of full": MailState.WAITING,
        "key of gone": MailState.REFUSED,
    }
    assert early == first
    assert late["key of full"] is MailState.SENT
    assert sorted(mailbox.letters) == ["ana@example.org", "full@example.org", "zoe@example.org"]


async def test_letters_wait_for_a_mail_server_that_is_away(sqlite_url):
    background = Background()
    async with open_mailbox() as mailbox, _tray(sqlite_url, Vault.new_key()) as (database, tray):
        await mailbox.close()
        carrier = _carrier(tray, mailbox.port)
        await database.write(tray.enqueue(_mail("ana")))
        with pytest.raises(ConnectionError):
            await carrier.carry()
        waiting = await tray.states()
        await mailbox.open()
        background.start("mail", carrier.carry_for_ever)

        async def sent() -> bool:
            return (await tray.states())["key of ana"] is MailState.SENT

        await until(sent, "the letter is sent once the server is back")
        await background.close()

    assert waiting == {"key of ana": MailState.WAITING}
    assert len(mailbox.letters["ana@example.org"]) == 1


async def test_what_was_handed_over_without_an_answer_is_never_sent_twice(sqlite_url):
    key = Vault.new_key()
    async with open_mailbox() as mailbox:
        mailbox.silent = True
        async with _tray(sqlite_url, key) as (database, tray):
            await database.write(tray.enqueue(_mail("ana"), _mail("zoe")))
            cut = asyncio.create_task(_carrier(tray, mailbox.port).carry())

            async def arrived() -> bool:
                return bool(mailbox.letters)

            await until(arrived, "the server has a letter")
            cut.cancel()
        mailbox.silent = False
        background = Background()
        async with _tray(sqlite_url, key) as (_, tray):
            background.start("mail", _carrier(tray, mailbox.port).carry_for_ever)

            async def done() -> bool:
                under_way = {MailState.WAITING, MailState.HANDED}
                return not under_way & set((await tray.states()).values())

            await until(done, "nothing is under way")
            states = await tray.states()
            await background.close()

    assert states == {"key of ana": MailState.DOUBTFUL, "key of zoe": MailState.SENT}
    assert [len(letters) for letters in mailbox.letters.values()] == [1, 1]


async def test_a_letter_is_forgotten_once_its_time_is_long_over(sqlite_url):
    async with open_mailbox() as mailbox, _tray(sqlite_url, Vault.new_key()) as (database, tray):
        await database.write(tray.enqueue(_mail("ana", until=50), _mail("zoe", until=60)))
        await _carrier(tray, mailbox.port, clock=lambda: 40).carry()
        await database.write(tray.forget(before=60))
        states = await tray.states()

    assert states == {"key of zoe": MailState.SENT}


@pytest.mark.parametrize("security", [MailSecurity.TLS, MailSecurity.STARTTLS])
async def test_letters_go_over_an_encrypted_line_to_the_server_of_our_own_authority(
    sqlite_url, tmp_path, security
):
    ours, theirs = Authority(), Authority()
    certificate, key, trusted = (tmp_path / name for name in ("mail.pem", "mail.key", "ca.pem"))
    ours.write_certificate("localhost", certificate, key)
    tls = ServerTls(
        certificate, key, at_once=security is MailSecurity.TLS, user="parvis", password="s3"
    )
    seen = list[type[Exception] | None]()
    async with (
        open_mailbox(tls=tls) as mailbox,
        _tray(sqlite_url, Vault.new_key()) as (database, tray),
    ):
        await database.write(tray.enqueue(_mail("ana")))
        for authority, password in ((theirs, "s3"), (ours, "wrong"), (ours, "s3")):
            authority.write_own(trusted)
            settings = MailSettings(
                "localhost",
                mailbox.port,
                "parvis@example.org",
                security=security,
                user="parvis",
                password=password,
                ca_certificates=str(trusted),
            )
            try:
                await MailCarrier(tray=tray, settings=settings).carry()
            except (SMTPException, OSError) as error:
                seen.append(type(error))
            else:
                seen.append(None)
            seen_state = (await tray.states())["key of ana"]
            expected = MailState.SENT if seen[-1] is None else MailState.WAITING
            assert seen_state is expected

    assert seen[0] is not None and issubclass(seen[0], (ssl.SSLError, SMTPException))
    assert seen[1:] == [SMTPAuthenticationError, None]
    assert mailbox.logins == ["parvis"]
    assert len(mailbox.letters["ana@example.org"]) == 1


async def test_a_letter_taken_back_or_too_late_is_not_sent(sqlite_url):
    async with open_mailbox() as mailbox, _tray(sqlite_url, Vault.new_key()) as (database, tray):
        await database.write(tray.enqueue(_mail("ana"), _mail("zoe", until=5)))
        await database.write(tray.withdraw("key of ana"))
        await _carrier(tray, mailbox.port, clock=lambda: 6).carry()
        states = await tray.states()

    assert mailbox.letters == {}
    assert states == {"key of ana": MailState.WITHDRAWN, "key of zoe": MailState.REFUSED}


@pytest.mark.parametrize(
    ("text", "fair"),
    [
        ("ana@example.org", True),
        ("ana.diaz+x@mail.example.org", True),
        ("ana", False),
        ("ana@example.org\nBcc: zoe@example.org", False),
        ("ana@example.org\n", False),
        ("<ana@example.org>", False),
        ("ana@example.org,zoe@example.org", False),
        ("é@example.org", False),
        ("a" * 65 + "@example.org", False),
        ("", False),
    ],
)
def test_only_plain_addresses_are_addresses(text: str, *, fair: bool):
    assert is_address(text) is fair
