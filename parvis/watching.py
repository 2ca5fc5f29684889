"""From what spaces know to what the bridges' watch asks: who owns the group that a source feeds."""

from appservice.commands.doorkeeper import Doorkeeper
from appservice.commands.letters import Letters
from appservice.commands.requests import RequestStore
from appservice.floor import Trays
from appservice.ids import RoomId
from bridges.house import Bridges
from bridges.watch import Audience, Watch
from parvis.config import Config
from spaces.house import Spaces


def build_watch(
    config: Config, trays: Trays, doorkeeper: Doorkeeper, spaces: Spaces, bridges: Bridges
) -> Watch:
    """Return the watch, which writes to owners in their conversations with the bot."""

    async def audience(room_id: RoomId) -> Audience | None:
        group = await spaces.groups.by_room(room_id)
        return Audience(group.name, group.declaration.owners) if group else None

    return Watch(
        apps=bridges.apps,
        database=trays.database,
        connections=bridges.connections,
        deliveries=bridges.deliveries,
        pulls=bridges.pulling.pulls,
        sides=bridges.sides,
        denials=lambda: bridges.catching.denials,
        letters=Letters(
            outbox=trays.outbox,
            requests=RequestStore(database=trays.database),
            room_of=doorkeeper.plain_room,
            default_language=config.organization.language,
        ),
        audience=audience,
        at_once=bridges.pipeline.for_owners,
        public_url=config.web.public_url,
    )
