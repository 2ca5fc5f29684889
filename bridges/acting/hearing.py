"""Hears in cards' threads what is to be done at their sources; a Subscriber.

    event in a card's thread --> connection writes back? asker may? --> row in the tray, committed
    the message edited / deleted later --> the comment is changed / deleted too

Dispatch may tell an event twice: a wish is named by its event, so it is done once.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from appservice.commands.runner import PREFIX
from appservice.errors import HomeserverError, UnknownConnection
from appservice.events import MESSAGE, REDACTION, RelationKind, RoomEvent
from appservice.ids import EventId, RoomId, UserId, server_of
from appservice.languages import N_, Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from appservice.payload import Payload
from bridges.acting.accounts import Accounts
from bridges.acting.rights import MayManage, may_act
from bridges.acting.telling import said
from bridges.acting.threads import EventOf, card_mark, root_above
from bridges.acting.tray import ActionTray, Kind, Row, Wanted
from bridges.base import App
from bridges.cards import one_line
from bridges.casebook import Casebook, CaseKey
from bridges.connection import Connection, Connections, ConnectionState

_TOO_OLD_MS = 7 * 24 * 3600 * 1000
_QUOTED = re.compile(r"\A(?:> [^\n]*\n)+\n")
_LONGEST = 30_000
_MOST_REMEMBERED = 1000
_OF_WORDS = {"m.text", "m.emote"}
_OF_FILES = {"m.image", "m.file", "m.video", "m.audio"}
_NEEDS = {
    Kind.ASSIGN: N_("Write whom: `!parvis assign PERSON`."),
    Kind.CREATE: N_("Write a title: `!parvis create TITLE`."),
}


@dataclass(frozen=True)
class Place:
    """A card's thread: the case and the connection that it is of."""

    case: CaseKey
    root: EventId
    connection: Connection
    app: App


class ThreadEar:
    """Makes wishes of what people write in cards' threads."""

    def __init__(  # noqa: PLR0913 - everything that decides whether a word is a wish
        self,
        *,
        bot: UserId,
        apps: Mapping[str, App],
        connections: Connections,
        accounts: Accounts,
        casebook: Casebook,
        tray: ActionTray,
        outbox: Outbox,
        words: Phrases,
        may_manage: MayManage,
        name_of: Callable[[UserId], Awaitable[str]],
        event_of: EventOf,
        wake: Callable[[], None],
    ) -> None:
        """*name_of* returns how somebody is called; *wake* tells the carrier of new wishes.

        *event_of* asks the homeserver.
        """
        self._bot = bot
        self._apps = apps
        self._connections = connections
        self._accounts = accounts
        self._casebook = casebook
        self._tray = tray
        self._outbox = outbox
        self._words = words
        self._may_manage = may_manage
        self._name_of = name_of
        self._event_of = event_of
        self._no_cards: set[EventId] = set()
        """Posts of people's, which each comment below them would ask for again."""
        self._wake = wake

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Take in what is said, edited and deleted in threads."""
        spoken = [event for event in events if self._is_spoken(event)]
        below = await self._below(spoken)
        roots = await self._roots(list(below.values()))
        changed = [one for one in events if _changes(one)]
        targets = await self._targets(changed)
        if not roots and not targets:
            return
        for event in events:
            if below.get(event.event_id) in roots:
                await self._hear(event, roots[below[event.event_id]])
            elif event in changed:
                await self._change(event)
        self._wake()

    def _is_spoken(self, event: RoomEvent) -> bool:
        if event.type != MESSAGE or event.sender == self._bot or event.state_key is not None:
            return False
        if event.redacted or event.soft_failed or not _said_in(event.content):
            return False
        is_old = time.time() * 1000 - event.origin_ts > _TOO_OLD_MS
        relation = event.relation
        in_thread = relation and relation.kind in {RelationKind.THREAD, RelationKind.REPLY}
        return bool(in_thread) and not is_old

    async def _below(self, spoken: Sequence[RoomEvent]) -> Mapping[EventId, EventId]:
        """Return for each message of *spoken* the root that it is below, where that can be known."""
        found = {one.event_id: one.relation.target for one in spoken if one.relation}
        known = await self._casebook.by_roots(list(found.values()))
        lost = [one for one in spoken if found[one.event_id] not in {*known, *self._no_cards}]
        if not lost or not await self._is_written_back(lost[0].room_id):
            return found
        for event in lost:
            root = await root_above(event, self._event_of)
            if root and root not in self._no_cards:
                found[event.event_id] = root
                await self._learn(event.room_id, root)
        return found

    async def _learn(self, room_id: RoomId, root: EventId) -> None:
        """Note which card an event is, as its echo will say, or that it is none."""
        if await self._casebook.by_roots([root]):
            return
        if mark := await card_mark(room_id, root, self._event_of, bot=self._bot):
            await self._casebook.note_roots({mark: root})
            return
        if len(self._no_cards) >= _MOST_REMEMBERED:
            self._no_cards.clear()
        self._no_cards.add(root)

    async def _is_written_back(self, room_id: RoomId) -> bool:
        """Tell whether something said in a room may be for a source: in others nobody asks further."""
        for connection in await self._connections.in_room(room_id):
            app = self._apps.get(connection.app)
            if app and app.actions:
                return True
        return False

    async def _roots(self, targets: Sequence[EventId]) -> Mapping[EventId, Place]:
        """Return those of *targets* that are cards of connections in use."""
        found: dict[EventId, Place] = {}
        for root, key in (await self._casebook.by_roots(targets)).items():
            try:
                connection = await self._connections.get(key[0])
            except UnknownConnection:
                continue
            app = self._apps.get(connection.app)
            if app and app.actions and connection.state is not ConnectionState.REMOVED:
                found[root] = Place(key, root, connection, app)
        return found

    async def _targets(self, changed: Sequence[RoomEvent]) -> Mapping[str, Row]:
        keys = [_target(event) for event in changed]
        return await self._tray.rows(keys) if keys else {}

    # What is said

    async def _hear(self, event: RoomEvent, place: Place) -> None:
        if event.room_id != place.connection.room_id:
            return
        text = _QUOTED.sub("", _said_in(event.content)).strip()
        command = _command(text)
        if not text or (command is None and not place.connection.options.replies):
            return
        if place.connection.fault:
            return
        if refusal := await self._refusal(event, place, asked=command is not None):
            await self._outbox.enqueue(refusal)
            return
        if command is None and not await self._is_meant(event, place):
            return
        kind, words = command or (Kind.COMMENT, text[:_LONGEST])
        if (kind in _NEEDS and not words) or kind is Kind.EDIT:
            hint = _NEEDS.get(
                kind, N_("Here I know `!parvis close`, `assign PERSON`, `create TITLE`.")
            )
            await self._outbox.enqueue(self._said(event, place, self._words(hint)))
            return
        await self._tray.put(await self._wanted(event, place, kind, words))

    async def _is_meant(self, event: RoomEvent, place: Place) -> bool:
        """Tell whether a plain reply is for the source: not what was said before it was set up."""
        kept = await self._accounts.of(place.connection.id)
        return kept is not None and event.origin_ts >= kept.given

    async def _refusal(self, event: RoomEvent, place: Place, *, asked: bool) -> Outgoing | None:
        """Return what says why nothing is done, or None if it is.

        Who talks in a thread is told once; who asks for something, each time.
        """
        connection, app = place.connection, place.app
        if await self._accounts.of(connection.id) is None:
            text = N_("Nothing is sent to {app} from here: no account is set up there.")
            return self._said(event, place, self._words(text, app=app.name)) if asked else None
        allowed = await may_act(
            event.sender,
            connection,
            server=server_of(self._bot),
            may_manage=self._may_manage,
        )
        if allowed:
            return None
        if not connection.options.writers and not asked:
            return None
        text = self._words(
            N_(
                "This stays here and is not sent to {app}: the group’s owners decide who may write "
                "there (`connection option {name} writers=…`)."
            ),
            app=app.name,
            name=connection.short,
        )
        once = f"unheard:{connection.id}:{event.sender}"
        return self._said(event, place, text, key="" if asked else once)

    def _said(self, event: RoomEvent, place: Place, text: str, *, key: str = "") -> Outgoing:
        about, room_id = event.event_id, event.room_id
        return said(key or f"unacted:{about}", room_id, place.root, about, event.sender, text)

    async def _wanted(self, event: RoomEvent, place: Place, kind: Kind, words: str) -> Wanted:
        return Wanted(
            key=event.event_id,
            connection=place.case[0],
            case_id=place.case[1],
            kind=kind,
            sender=event.sender,
            author=await self._author(event.sender),
            words=words,
            room_id=event.room_id,
            root=place.root,
        )

    async def _author(self, user_id: UserId) -> str:
        """Return the name that stands before the words at the source."""
        try:
            name = await self._name_of(user_id)
        except HomeserverError:
            name = ""
        return one_line(name) or user_id

    # What is changed

    async def _change(self, event: RoomEvent) -> None:
        """Change or delete the comment that a message became."""
        row = await self._tray.row(_target(event))
        if row is None or row.wanted.kind is not Kind.COMMENT:
            return
        if row.wanted.room_id != event.room_id:
            return
        change = replace(row.wanted, key=event.event_id, sender=event.sender, target=row.wanted.key)
        if event.type == REDACTION:
            await self._tray.withdraw(row.wanted.key)
            await self._tray.put(replace(change, kind=Kind.DELETE, words=""))
        elif event.sender == row.wanted.sender:
            text = _said_in(event.content.at("m.new_content"))[:_LONGEST]
            if text:
                await self._tray.put(replace(change, kind=Kind.EDIT, words=text))


def _said_in(content: Payload) -> str:
    """Return the words of a message; of a file those beside it, for its name alone says nothing."""
    words, kind = content.text("body").strip(), content.text("msgtype")
    if kind in _OF_WORDS:
        return words
    name = content.text("filename")
    return words if kind in _OF_FILES and name and words != name else ""


def _changes(event: RoomEvent) -> bool:
    if event.type == REDACTION:
        return event.redacts is not None
    relation = event.relation
    return (
        event.type == MESSAGE
        and not event.redacted
        and relation is not None
        and relation.kind is RelationKind.REPLACE
    )


def _target(event: RoomEvent) -> str:
    return str(event.redacts or (event.relation.target if event.relation else ""))


def _command(text: str) -> tuple[Kind, str] | None:
    """Return what a line that begins with the bot's name asks for; EDIT stands for what is unknown."""
    first, _, rest = text.partition(" ")
    if first.lower() != PREFIX:
        return None
    word, _, words = " ".join(rest.split()).partition(" ")
    known = {Kind.CLOSE.value, Kind.ASSIGN.value, Kind.CREATE.value}
    return (Kind(word.lower()), words) if word.lower() in known else (Kind.EDIT, "")
