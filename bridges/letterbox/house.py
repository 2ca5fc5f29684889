"""The letterbox as a whole."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.letterbox.addresses import Addresses
from bridges.letterbox.intake import Intake
from bridges.letterbox.lmtp import Door, open_door
from bridges.letterbox.settings import LetterSettings


@dataclass(frozen=True)
class Letterbox:
    """The parts that others need to know."""

    settings: LetterSettings
    addresses: Addresses
    intake: Intake

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let the mail server in, where it may come; raise CannotListen if we may not wait for it."""
        if not self.settings.lmtp_listen:
            yield
            return
        door = Door(addresses=self.addresses, intake=self.intake)
        address, largest = self.settings.lmtp_listen, self.settings.largest
        async with open_door(address, door, largest=largest):
            yield


def build_letterbox(
    settings: LetterSettings,
    *,
    connections: Connections,
    deliveries: Deliveries,
    wake: Callable[[], None],
) -> Letterbox:
    """Return the letterbox, still closed; *wake* tells the pipeline that there is work."""
    return Letterbox(
        settings=settings,
        addresses=Addresses(template=settings.address, connections=connections),
        intake=Intake(deliveries=deliveries, settings=settings, wake=wake),
    )
