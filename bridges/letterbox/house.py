"""The letterbox as a whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from appservice.background import Background
from appservice.database import Database
from appservice.trouble import Report
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.letterbox.addresses import Addresses
from bridges.letterbox.cloakroom import Cloakroom
from bridges.letterbox.intake import Intake
from bridges.letterbox.lmtp import Door, open_door
from bridges.letterbox.mailbox import MailboxReader
from bridges.letterbox.settings import LetterSettings
from bridges.letterbox.store import Bookmark
from bridges.letterbox.unpacking import Unpacking


@dataclass(frozen=True)
class Letterbox:
    """The parts that others need to know."""

    settings: LetterSettings
    addresses: Addresses
    door: Door
    reader: MailboxReader | None
    unpacking: Unpacking | None = None
    """What shows the files of letters, where they are kept."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let letters in by either way; raise CannotListen if we may not wait for the mail server."""
        settings = self.settings
        async with AsyncExitStack() as stack:
            if settings.lmtp_listen:
                door = open_door(settings.lmtp_listen, self.door, largest=settings.largest)
                await stack.enter_async_context(door)
            background = Background()
            stack.push_async_callback(background.close)
            if self.unpacking:
                background.start("files of letters", self.unpacking.unpack_for_ever)
            if self.reader:
                background.start("mailbox", self.reader.read_for_ever)
            yield


def build_letterbox(
    settings: LetterSettings,
    *,
    database: Database,
    connections: Connections,
    deliveries: Deliveries,
    report: Report,
    wake: Callable[[], None],
    unpacking: Callable[[Cloakroom], Unpacking] | None = None,
) -> Letterbox:
    """Return the letterbox, still closed; *wake* tells the pipeline that there is work, *unpacking*
    makes what shows the files that are kept.
    """
    addresses = Addresses(template=settings.address, connections=connections)
    cloakroom = Cloakroom(settings.folder) if settings.folder and unpacking else None
    unpacked = unpacking(cloakroom) if cloakroom and unpacking else None
    keep = _keeping(cloakroom, unpacked.wake) if cloakroom and unpacked else None
    intake = Intake(deliveries=deliveries, settings=settings, wake=wake, keep=keep)
    reader = None
    if mailbox := settings.mailbox:
        name = f"{mailbox.user}@{mailbox.host}/{mailbox.folder}"
        reader = MailboxReader(
            settings=mailbox,
            bookmark=Bookmark(database=database, mailbox=name),
            addresses=addresses,
            intake=intake,
            report=report,
            largest=settings.largest,
        )
    door = Door(addresses=addresses, intake=intake)
    return Letterbox(settings, addresses, door, reader, unpacked)


def _keeping(
    cloakroom: Cloakroom, wake: asyncio.Event
) -> Callable[[str, str, bytes], Awaitable[None]]:
    async def keep(connection: str, letter: str, raw: bytes) -> None:
        if await asyncio.to_thread(cloakroom.keep, connection, letter, raw):
            wake.set()

    return keep
