"""The letterbox as a whole."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from appservice.background import Background
from appservice.database import Database
from appservice.trouble import Report
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.letterbox.addresses import Addresses
from bridges.letterbox.intake import Intake
from bridges.letterbox.lmtp import Door, open_door
from bridges.letterbox.mailbox import MailboxReader
from bridges.letterbox.settings import LetterSettings
from bridges.letterbox.store import Bookmark


@dataclass(frozen=True)
class Letterbox:
    """The parts that others need to know."""

    settings: LetterSettings
    addresses: Addresses
    door: Door
    reader: MailboxReader | None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let letters in by either way; raise CannotListen if we may not wait for the mail server."""
        settings = self.settings
        async with AsyncExitStack() as stack:
            if settings.lmtp_listen:
                door = open_door(settings.lmtp_listen, self.door, largest=settings.largest)
                await stack.enter_async_context(door)
            if self.reader:
                background = Background()
                stack.push_async_callback(background.close)
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
) -> Letterbox:
    """Return the letterbox, still closed; *wake* tells the pipeline that there is work."""
    addresses = Addresses(template=settings.address, connections=connections)
    intake = Intake(deliveries=deliveries, settings=settings, wake=wake)
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
    return Letterbox(settings, addresses, Door(addresses=addresses, intake=intake), reader)
