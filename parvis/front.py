"""How people reach the bot, and how it reaches admins."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appservice.commands.doorkeeper import Doorkeeper
from appservice.commands.invitations import Invitations
from appservice.commands.reports import Reports
from appservice.commands.requests import RequestStore
from appservice.floor import Trays
from appservice.ids import RoomId, UserId
from parvis.config import Config


@dataclass(frozen=True)
class Front:
    """The parts that meet people in rooms of two."""

    requests: RequestStore
    invitations: Invitations
    doorkeeper: Doorkeeper
    reports: Reports


def build_front(config: Config, trays: Trays, walk: Callable[[RoomId], Awaitable[None]]) -> Front:
    """*walk* brings what was said in a room before the bot was in it."""
    requests = RequestStore(database=trays.database)
    invitations = Invitations(bot=trays.bot, database=trays.database, requests=requests, walk=walk)
    doorkeeper = Doorkeeper(
        bot=trays.bot, requests=requests, outbox=trays.outbox, invitations=invitations
    )
    reports = Reports(
        admins=[UserId(admin) for admin in config.admins],
        outbox=trays.outbox,
        requests=requests,
        room_of=doorkeeper.plain_room,
        default_language=config.organization.language,
    )
    return Front(requests, invitations, doorkeeper, reports)
