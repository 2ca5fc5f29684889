"""A projection that stands alone: its tables, and a homeserver of which each story says the truth."""

from appservice.database import Database
from appservice.ids import RoomId, UserId
from appservice.inbox import Inbox
from feed.model import Access, GroupView
from feed.ours import CurrentState
from feed.projection import Projection
from feed.tables import FeedTables

BOT = UserId("@parvis:example.org")
ROOM = "!posts:example.org"
GROUP = GroupView(
    uuid="u1",
    slug="ateliers",
    name="Ateliers",
    kind="project",
    access=Access.OPEN,
    landmark=False,
    order="a",
    charter="",
    space_id=RoomId("!space:example.org"),
    posts_room_id=RoomId(ROOM),
    chat_room_id=None,
    joined=True,
)


class Truth:
    """The room's present state, as a homeserver would answer."""

    def __init__(self, events=()) -> None:
        self._newest = {
            (event.type, event.state_key): event
            for event in sorted(events, key=lambda event: event.origin_ts)
            if event.state_key is not None
        }

    async def state_event(self, _room_id, event_type, state_key=""):
        return self._newest.get((event_type, state_key))


def projection_on(
    database: Database, tables: FeedTables, homeserver: CurrentState | None = None
) -> Projection:
    """Return one that writes to *tables*; without a *homeserver* no state is known of any room."""
    return Projection(
        database=database,
        tables=tables,
        homeserver=homeserver or Truth(),
        arrivals=Inbox(database=database),
        bot=BOT,
        creators=[BOT],
    )
