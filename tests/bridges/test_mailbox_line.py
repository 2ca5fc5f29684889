"""The line to a mailbox is sealed before the password is said, or nothing is said."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bridges.letterbox.line import MailboxAway, open_line
from bridges.letterbox.settings import LineSecurity, MailboxSettings
from parvis.demo.federation import Authority
from tests.harness.imap import PASSWORD, USER, open_imap
from tests.harness.mailbox import ServerTls
from tests.harness.post import letter
from tests.harness.wire import tapped

_SEALED = (LineSecurity.TLS, LineSecurity.STARTTLS)


async def _is_away(settings: MailboxSettings) -> bool:
    with pytest.raises(MailboxAway):
        async with asyncio.timeout(20), open_line(settings):
            pass
    return True


@pytest.mark.parametrize("security", _SEALED)
async def test_a_mailbox_with_a_private_authority_is_read_and_any_other_server_is_not(
    security: LineSecurity, tmp_path: Path
):
    ours, theirs = Authority(), Authority()
    certificate, key, ca, other = (tmp_path / name for name in ("c.pem", "c.key", "ca", "other"))
    ours.write_certificate("localhost", certificate, key)
    ours.write_own(ca)
    theirs.write_own(other)
    tls = ServerTls(certificate, key, security is LineSecurity.TLS, USER, PASSWORD)
    async with open_imap(tls=tls) as imap, tapped(imap.port) as wire:
        await imap.put(letter("Scellé", "Bonjour."))
        settings = imap.settings(
            host="localhost", port=wire.port, security=security, ca_certificates=str(ca)
        )
        async with open_line(settings) as line:
            (uid,) = await line.since(1)
            assert b"Bonjour." in await line.letter(uid)
            await line.mark(uid)
        assert await imap.unread() == 0

        assert await _is_away(_with(settings, host="127.0.0.1"))
        assert await _is_away(_with(settings, ca_certificates=str(other)))
        assert await _is_away(_with(settings, ca_certificates=""))
    assert wire.said
    assert b"LOGIN" not in wire.said
    assert b"Bonjour" not in wire.said


@pytest.mark.parametrize("security", _SEALED)
async def test_a_server_that_cannot_seal_the_line_hears_no_password(security: LineSecurity):
    async with open_imap() as imap, tapped(imap.port) as wire:
        assert await _is_away(imap.settings(port=wire.port, security=security))
    assert wire.said
    assert b"LOGIN" not in wire.said


@pytest.mark.parametrize(
    ("greeting", "answer"),
    [
        (b"* PREAUTH Welcome back", b"OK go on\r\n"),
        (b"* OK Welcome", b"NO not today\r\n"),
        (b"* OK Welcome", b"OK go on\r\n* OK [ALERT] begun in the clear"),
        (b"* BYE Too busy", b"OK go on\r\n"),
    ],
)
async def test_whoever_stands_between_cannot_talk_us_out_of_it(greeting: bytes, answer: bytes):
    said = bytearray()

    async def stand_between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting + b"\r\n")
        while b"BYE" not in greeting and (line := await reader.readline()):
            said.extend(line)
            tag, _, command = line.partition(b" ")
            offered = b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
            starts = command.upper().startswith(b"STARTTLS")
            writer.write(tag + b" " + answer if starts else offered)
        writer.close()

    async with await asyncio.start_server(stand_between, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = MailboxSettings(
            "127.0.0.1", port, USER, LineSecurity.STARTTLS, password=PASSWORD
        )
        assert await _is_away(settings)
    assert b"LOGIN" not in said


def _with(settings: MailboxSettings, **given: object) -> MailboxSettings:
    return replace(settings, **given)
