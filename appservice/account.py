"""What an account can do on the homeserver: typed calls of the Client-Server API.

The bot and each signed-in person have one. Nothing here repeats a call; all raise the errors of
`errors.py`. Ids in the return values come from the homeserver and are trusted as such.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from appservice.errors import MalformedEvent, NotFound
from appservice.events import RoomEvent, parse_event
from appservice.homeserver import Query, Transport, segment
from appservice.ids import EventId, RoomAlias, RoomId, UserId
from appservice.payload import Payload

MAIN_TIMELINE = "main"
"""The thread of all that is in no thread."""
_UPLOAD_WITHIN = 600.0


@dataclass(frozen=True)
class Profile:
    """Name and picture of an account; *avatar* is an mxc URI or empty."""

    name: str
    avatar: str


@dataclass(frozen=True)
class MessagePage:
    """A stretch of a room's timeline; *end* is empty where the room begins."""

    events: tuple[RoomEvent, ...]
    end: str


@dataclass(frozen=True)
class RawPage:
    """The same, newest first and not yet parsed, for the inbox."""

    events: tuple[Payload, ...]
    end: str


class Account:
    """The calls of one identity. See `Homeserver.as_account` for how it is made."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.user_id = transport.identity.user_id

    @property
    def transport(self) -> Transport:
        """Return what carries the calls, for those that have no method here."""
        return self._transport

    async def whoami(self) -> UserId:
        """Return whose token this is."""
        return UserId((await self._transport.call("GET", "/account/whoami")).text("user_id"))

    # Sending

    async def send(
        self,
        room_id: RoomId,
        event_type: str,
        content: Mapping[str, Any],
        *,
        txn_id: str,
        ts: int | None = None,
    ) -> EventId:
        """Send an event; the same *txn_id* from the same device makes it once."""
        path = f"/rooms/{segment(room_id)}/send/{segment(event_type)}/{segment(txn_id)}"
        answer = await self._transport.call("PUT", path, content, query=_dated(ts))
        return EventId(answer.text("event_id"))

    async def send_state(
        self,
        room_id: RoomId,
        event_type: str,
        content: Mapping[str, Any],
        *,
        state_key: str = "",
        ts: int | None = None,
    ) -> EventId:
        """Set state; the same content again is the same event."""
        path = f"/rooms/{segment(room_id)}/state/{segment(event_type)}/{segment(state_key)}"
        answer = await self._transport.call("PUT", path, content, query=_dated(ts))
        return EventId(answer.text("event_id"))

    async def redact(
        self, room_id: RoomId, event_id: EventId, *, txn_id: str, reason: str = ""
    ) -> EventId:
        """Strip an event of its content."""
        path = f"/rooms/{segment(room_id)}/redact/{segment(event_id)}/{segment(txn_id)}"
        answer = await self._transport.call("PUT", path, {"reason": reason} if reason else {})
        return EventId(answer.text("event_id"))

    async def acknowledge_privately(
        self, room_id: RoomId, event_id: EventId, *, thread: str = MAIN_TIMELINE
    ) -> None:
        """Send a private read receipt, which nobody else learns of.

        *thread* is the root of a thread, or the main timeline (Client-Server API, "Receipts").
        """
        path = f"/rooms/{segment(room_id)}/receipt/m.read.private/{segment(event_id)}"
        await self._transport.call("POST", path, {"thread_id": thread})

    # Reading

    async def event(self, room_id: RoomId, event_id: EventId) -> RoomEvent:
        """Return one event that the account may see."""
        path = f"/rooms/{segment(room_id)}/event/{segment(event_id)}"
        return parse_event(await self._transport.call("GET", path))

    async def messages(
        self, room_id: RoomId, *, start: str = "", backwards: bool = True, limit: int = 100
    ) -> MessagePage:
        """Return up to *limit* events from *start* (empty: the newest, or the oldest) on.

        Events that cannot be parsed are left out.
        """
        query: dict[str, str | int | list[str]] = {"dir": "b" if backwards else "f"}
        query["limit"] = limit
        if start:
            query["from"] = start
        path = f"/rooms/{segment(room_id)}/messages"
        answer = await self._transport.call("GET", path, query=query)
        return MessagePage(_events(answer.items("chunk"), room_id), answer.text("end"))

    async def thread(
        self, room_id: RoomId, root: EventId, *, start: str = "", limit: int = 100
    ) -> MessagePage:
        """Return events of the thread below *root*, oldest first, from *start* on."""
        query: dict[str, str | int | list[str]] = {"dir": "f", "limit": limit}
        if start:
            query["from"] = start
        path = f"/_matrix/client/v1/rooms/{segment(room_id)}/relations/{segment(root)}/m.thread"
        answer = await self._transport.call("GET", path, query=query)
        return MessagePage(_events(answer.items("chunk"), room_id), answer.text("next_batch"))

    async def messages_raw(
        self, room_id: RoomId, *, start: str = "", limit: int = 100
    ) -> "RawPage":
        """Return up to *limit* events back from *start* (empty: the newest) as they came."""
        query: dict[str, str | int | list[str]] = {"dir": "b", "limit": limit}
        if start:
            query["from"] = start
        path = f"/rooms/{segment(room_id)}/messages"
        answer = await self._transport.call("GET", path, query=query)
        events = (Payload({"room_id": room_id, **raw.fields}) for raw in answer.items("chunk"))
        return RawPage(tuple(events), answer.text("end"))

    async def state(self, room_id: RoomId) -> tuple[RoomEvent, ...]:
        """Return the whole current state."""
        path = f"/rooms/{segment(room_id)}/state"
        async with self._transport.open("GET", path) as answer:
            raw = await answer.read()
        # The answer is a bare list, which Payload reads only inside an object.
        return _events(Payload.parse(b'{"state":' + raw + b"}").items("state"), room_id)

    async def state_content(
        self, room_id: RoomId, event_type: str, state_key: str = ""
    ) -> Payload | None:
        """Return the content of one state event, or None if the room has none."""
        path = f"/rooms/{segment(room_id)}/state/{segment(event_type)}/{segment(state_key)}"
        try:
            return await self._transport.call("GET", path)
        except NotFound:
            return None

    async def state_event(
        self, room_id: RoomId, event_type: str, state_key: str = ""
    ) -> RoomEvent | None:
        """Return one state event with its sender, or None if the room has none.

        The ``format`` parameter is older in homeservers than in the specification (v1.16).
        """
        path = f"/rooms/{segment(room_id)}/state/{segment(event_type)}/{segment(state_key)}"
        try:
            answer = await self._transport.call("GET", path, query={"format": "event"})
        except NotFound:
            return None
        return parse_event(Payload({"room_id": room_id, **answer.fields}))

    async def joined_rooms(self) -> frozenset[RoomId]:
        """Return the rooms that the account is in."""
        answer = await self._transport.call("GET", "/joined_rooms")
        return frozenset(RoomId(room) for room in answer.texts("joined_rooms"))

    async def joined_members(self, room_id: RoomId) -> Mapping[UserId, Profile]:
        """Return who is in a room."""
        answer = await self._transport.call("GET", f"/rooms/{segment(room_id)}/joined_members")
        joined = answer.at("joined")
        return {
            UserId(user): Profile(
                joined.text(user, "display_name"), joined.text(user, "avatar_url")
            )
            for user in joined.keys()  # noqa: SIM118 - a Payload is no mapping
        }

    # Membership

    async def create_room(self, body: Mapping[str, Any]) -> RoomId:
        """Create a room as *body* says (Client-Server API, createRoom)."""
        return RoomId((await self._transport.call("POST", "/createRoom", body)).text("room_id"))

    async def join(self, room: RoomId | RoomAlias, *, via: Sequence[str] = ()) -> RoomId:
        """Join a room; *via* names servers that know it, for rooms of elsewhere."""
        query: Query = {"via": list(via)} if via else {}
        answer = await self._transport.call("POST", f"/join/{segment(room)}", {}, query=query)
        return RoomId(answer.text("room_id"))

    async def knock(self, room: RoomId, *, reason: str = "") -> None:
        """Ask to be let in."""
        await self._transport.call("POST", f"/knock/{segment(room)}", {"reason": reason})

    async def leave(self, room_id: RoomId) -> None:
        """Leave a room, refuse an invitation or withdraw a knock."""
        await self._transport.call("POST", f"/rooms/{segment(room_id)}/leave", {})

    async def invite(self, room_id: RoomId, user_id: UserId, *, reason: str = "") -> None:
        """Invite an account."""
        await self._member("invite", room_id, user_id, reason)

    async def kick(self, room_id: RoomId, user_id: UserId, *, reason: str = "") -> None:
        """Remove an account, withdraw its invitation or refuse its knock."""
        await self._member("kick", room_id, user_id, reason)

    async def ban(self, room_id: RoomId, user_id: UserId, *, reason: str = "") -> None:
        """Remove an account, and keep it from coming back."""
        await self._member("ban", room_id, user_id, reason)

    async def unban(self, room_id: RoomId, user_id: UserId) -> None:
        """Let an account come back."""
        await self._member("unban", room_id, user_id, "")

    async def _member(self, verb: str, room_id: RoomId, user_id: UserId, reason: str) -> None:
        body = {"user_id": user_id} | ({"reason": reason} if reason else {})
        await self._transport.call("POST", f"/rooms/{segment(room_id)}/{verb}", body)

    async def room_of_alias(self, alias: RoomAlias) -> RoomId | None:
        """Return the room that *alias* names, or None."""
        try:
            answer = await self._transport.call("GET", f"/directory/room/{segment(alias)}")
        except NotFound:
            return None
        return RoomId(answer.text("room_id"))

    async def set_alias(self, alias: RoomAlias, room_id: RoomId) -> None:
        """Give a room a name that people can type."""
        path = f"/directory/room/{segment(alias)}"
        await self._transport.call("PUT", path, {"room_id": room_id})

    async def drop_alias(self, alias: RoomAlias) -> None:
        """Take a name back, wherever it points."""
        await self._transport.call("DELETE", f"/directory/room/{segment(alias)}")

    # Profile and media

    async def profile(self, user_id: UserId) -> Profile:
        """Return an account's own name and picture."""
        answer = await self._transport.call("GET", f"/profile/{segment(user_id)}")
        return Profile(answer.text("displayname"), answer.text("avatar_url"))

    async def set_profile(self, *, name: str = "", avatar: str = "") -> None:
        """Set the account's own name and picture, as far as given."""
        path = f"/profile/{segment(self.user_id)}"
        if name:
            await self._transport.call("PUT", f"{path}/displayname", {"displayname": name})
        if avatar:
            await self._transport.call("PUT", f"{path}/avatar_url", {"avatar_url": avatar})

    async def upload(self, content: bytes | IO[bytes], *, mimetype: str, name: str) -> str:
        """Store *content* at the homeserver; return its mxc URI. A file is sent piece by piece."""
        answer = await self._transport.call(
            "POST",
            "/_matrix/media/v3/upload",
            content,
            query={"filename": name},
            content_type=mimetype,
            within=_UPLOAD_WITHIN,
        )
        return answer.text("content_uri")

    async def largest_upload(self, *, within: float) -> int | None:
        """Return how many bytes a file may have at the homeserver, or None if it sets no bound."""
        path = "/_matrix/client/v1/media/config"
        answer = await self._transport.call("GET", path, within=within)
        return answer.number("m.upload.size")


def _dated(ts: int | None) -> Query:
    return {} if ts is None else {"ts": ts}


def _events(raw: Sequence[Payload], room_id: RoomId) -> tuple[RoomEvent, ...]:
    events = []
    for item in raw:
        try:
            events.append(parse_event(Payload({"room_id": room_id, **item.fields})))
        except MalformedEvent:
            continue
    return tuple(events)
