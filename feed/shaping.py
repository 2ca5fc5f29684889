"""Makes the values of `model.py` from rows, with the few further questions that a page needs."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.days import in_words
from appservice.formatting import as_it_stands, plain, sanitize
from appservice.ids import EventId, RoomId, UserId, localpart, server_of
from appservice.languages import N_, phrases
from appservice.light_markdown import as_marked
from appservice.payload import Payload
from feed.labels import labels_of
from feed.model import (
    Access,
    CardField,
    CardView,
    Comment,
    GroupView,
    Media,
    Person,
    Post,
    Reaction,
    Viewer,
)
from feed.names import shown_name
from feed.references import with_references
from feed.tables import FeedTables
from feed.unread import ReadState, read_state

_Row = sa.Row[Any]
_WEEKS = 4
_ASKED, _INVITED = "knock", "invite"
_UNNAMED = {
    "image": N_("Picture from {name}"),
    "video": N_("Video from {name}"),
    "audio": N_("Sound from {name}"),
}
"""What a post is called that says nothing, by what it shows."""


def group_view(
    row: _Row,
    lively: tuple[int, int] | None,
    *,
    staff: bool,
    within: Collection[str] = (),
) -> GroupView | None:
    """Return a group as the viewer of *row* may see it, or None if it is hidden from them.

    *within* are rooms of former times that the viewer is in. Who is not in the organization (*staff*) knows of no group but those they are let into.
    """
    access = Access(row.access)
    inside = row.standing == "join"
    hidden = access is Access.SECRET or not staff
    if hidden and row.standing not in {"join", _INVITED}:
        return None
    told = inside or access is Access.OPEN
    posts, last = lively or (0, 0)
    return GroupView(
        uuid=row.uuid,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        access=access,
        landmark=row.landmark,
        order=row.place,
        charter=row.charter,
        space_id=RoomId(row.space_id),
        posts_room_id=RoomId(row.posts_id),
        chat_room_id=RoomId(row.chat_id) if row.chat_id else None,
        joined=inside and row.reading == "join",
        asked=row.standing == _ASKED,
        invited=row.standing == _INVITED,
        may_post=inside and row.reading == "join" and not row.archived,
        members=row.members if told else None,
        posts_per_week=round(posts / _WEEKS) if told else None,
        last_post=last or None if told else None,
        shared_with=tuple(row.partners) if told else (),
        answers=row.answers,
        labels=tuple(row.labels) if told else (),
        sources=tuple(row.sources) if told else (),
        parent=row.parent,
        archived=row.archived,
        rests_since=row.rests_since,
        language=row.language,
        rule=row.rule if told or row.standing == _INVITED else "",
        successor=row.successor if told else "",
        former=tuple(RoomId(room) for room in row.former if room in within),
    )


def person_of(user_id: UserId, name: str, avatar: str, *, own: str) -> Person:
    """Return a person; whoever is not of our *own* server is marked with theirs."""
    server = server_of(user_id)
    return Person(user_id, name, avatar, "" if server == own else server)


class Shaper:
    """Shapes rows of one page for one viewer."""

    def __init__(
        self,
        connection: AsyncConnection,
        tables: FeedTables,
        viewer: Viewer,
        groups: Sequence[GroupView],
        *,
        bot: UserId,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._viewer = viewer
        self._bot = bot
        self._groups = {
            room_id: group for group in groups for room_id in (group.posts_room_id, *group.former)
        }
        self._words = phrases(viewer.language)

    async def posts(self, rows: Sequence[_Row]) -> Sequence[Post]:
        """Return posts with their newest comment."""
        newest = await self._by_id(
            [row.latest_comment for row in rows] + [row.latest_step for row in rows]
        )
        every = [*rows, *newest.values()]
        people, reactions = await self._people(every), await self._reactions(every)
        read = await read_state(
            self._connection,
            self._tables,
            self._viewer.user_id,
            [EventId(row.event_id) for row in rows],
        )
        posts = [self._post(row, newest, people, reactions, read) for row in rows]
        return await with_references(self._connection, self._tables, self._viewer, posts)

    async def comments(self, rows: Sequence[_Row]) -> Sequence[Comment]:
        """Return comments and steps of one thread."""
        answered = await self._by_id([row.in_reply_to for row in rows])
        people = await self._people([*rows, *answered.values()])
        reactions = await self._reactions(rows)
        senders = {event_id: row.sender for event_id, row in answered.items() if row.root}
        return [self._comment(row, people, reactions, senders) for row in rows]

    def _post(
        self,
        row: _Row,
        newest: Mapping[str, _Row],
        people: Mapping[tuple[str, str], Person],
        reactions: Mapping[str, tuple[Reaction, ...]],
        read: ReadState,
    ) -> Post:
        facts = Payload.parse(bytes(row.facts))
        latest, author = newest.get(row.latest_comment), self._author(row, people)
        media = _media(facts.at("media"))
        return Post(
            event_id=EventId(row.event_id),
            room_id=RoomId(row.room_id),
            group=self._groups[RoomId(row.room_id)],
            author=author,
            at=row.at,
            title=row.title,
            heading=row.heading or self._unnamed(media, author),
            html=row.html,
            text=row.text,
            language=row.language,
            source=row.source,
            labels=labels_of(facts),
            edited_at=row.edited_at,
            comments=row.comments,
            latest_comment=self._comment(latest, people, reactions, {}) if latest else None,
            unread_comment=latest is not None and read.is_new_comment(latest),
            reactions=reactions.get(row.event_id, ()),
            media=media,
            card=self._card(facts, row, newest.get(row.latest_step)),
            unread=read.is_new(row),
            robot=row.robot,
            reference=bool(facts.text("reference")),
            referred=EventId(facts.text("reference")) or None,
            cursor=f"{row.at}_{row.event_id}",
        )

    def _comment(
        self,
        row: _Row,
        people: Mapping[tuple[str, str], Person],
        reactions: Mapping[str, tuple[Reaction, ...]],
        senders: Mapping[str, str],
    ) -> Comment:
        facts = Payload.parse(bytes(row.facts))
        answered = senders.get(row.in_reply_to, "")
        return Comment(
            event_id=EventId(row.event_id),
            author=self._author(row, people),
            at=row.at,
            html=self._step(facts.at("step")) if row.step else row.html,
            text=row.text,
            language=row.language,
            edited_at=row.edited_at,
            robot=row.step,
            in_reply_to=people.get((row.room_id, answered)),
            cursor=f"{row.at}_{row.event_id}",
            reactions=reactions.get(row.event_id, ()),
            media=_media(facts.at("media")),
        )

    def _unnamed(self, media: Media | None, author: Person) -> str:
        named = _UNNAMED.get(media.kind) if media else None
        return self._words(named, name=author.name) if named else ""

    def _author(self, row: _Row, people: Mapping[tuple[str, str], Person]) -> Person:
        known = people.get((row.room_id, row.sender))
        sender = UserId(row.sender)
        return known or person_of(sender, localpart(sender), "", own=server_of(self._bot))

    def _card(self, facts: Payload, row: _Row, step: _Row | None) -> CardView | None:
        card = facts.at("card")
        if not card:
            return None
        # What happened to no case is told by its post itself.
        said = Payload.parse(bytes(step.facts)).at("step") if step else _own_step(facts)
        state, excerpt = card.at("state"), _without_title(card.text("excerpt"), card.text("title"))
        return CardView(
            app=card.text("app"),
            app_name=card.text("app_name"),
            noun=self._words(card.text("noun")) if card.text("noun") else "",
            number=card.text("number"),
            title=card.text("title"),
            url=card.text("url"),
            state_word=self._words(state.text("word")) if state.text("word") else "",
            state_class=state.text("class"),
            fields=tuple(
                CardField(self._words(fact.text("name")), self._value(fact))
                for fact in card.items("fields")
                if fact.text("name") and fact.word("value")
            ),
            place=card.text("place"),
            stands_alone=not card.text("case"),
            excerpt_html=_read(excerpt) if excerpt else "",
            steps=row.steps,
            latest_step=self._sentence(said),
            continued=card.text("continued"),
            told_in=card.text("told_in"),
        )

    def _value(self, fact: Payload) -> str:
        """Return a fact as its reader reads it: some are words of ours."""
        value = fact.word("value")
        if fact.flag("ours"):
            return self._words(value)
        return in_words(value, self._words.language)

    def _step(self, step: Payload) -> str:
        sentence, text = as_it_stands(self._sentence(step)), step.text("text")
        return sentence + (f"<blockquote>{_read(text)}</blockquote>" if text else "")

    def _sentence(self, step: Payload) -> str:
        values = step.at("values")
        language = self._words.language
        names = {name: in_words(values.word(name), language) for name in values.keys()}  # noqa: SIM118
        return self._words(step.text("verb"), **(names | {"actor": step.text("actor")}))

    async def _by_id(self, event_ids: Sequence[str]) -> Mapping[str, _Row]:
        table = self._tables.messages
        wanted = [event_id for event_id in event_ids if event_id]
        if not wanted:
            return {}
        found = await self._connection.execute(sa.select(table).where(table.c.event_id.in_(wanted)))
        return {row.event_id: row for row in found}

    async def _people(self, rows: Sequence[_Row]) -> Mapping[tuple[str, str], Person]:
        asked = {
            "rooms": list({row.room_id for row in rows}),
            "senders": list({row.sender for row in rows}),
        }
        found = await self._connection.execute(_people(self._tables), asked)
        own = server_of(self._bot)
        return {
            (row.room_id, row.user_id): person_of(
                UserId(row.user_id), row.name, row.avatar, own=own
            )
            for row in found
        }

    async def _reactions(self, rows: Sequence[_Row]) -> Mapping[str, tuple[Reaction, ...]]:
        """Return the reactions by message, the most frequent first."""
        asked = {
            "viewer": self._viewer.user_id,
            "targets": [row.event_id for row in rows],
            "rooms": list({row.room_id for row in rows}),
        }
        found = await self._connection.execute(_reactions(self._tables), asked)
        rooms = {row.event_id: row.room_id for row in rows}
        by_message: dict[str, list[Reaction]] = {}
        for row in found:
            if rooms[row.target] != row.room_id:
                continue  # Another homeserver lets its people react across rooms.
            mine = EventId(row.mine) if row.mine else None
            by_message.setdefault(row.target, []).append(Reaction(row.key, row.number, mine))
        return {target: tuple(reactions) for target, reactions in by_message.items()}


def _media(facts: Payload) -> Media | None:
    if not facts:
        return None
    return Media(
        kind=facts.text("kind"),
        name=facts.text("name"),
        path=facts.text("path"),
        thumbnail_path=facts.text("thumbnail"),
        mimetype=facts.text("mimetype"),
        size=facts.number("size"),
        width=facts.number("width"),
        height=facts.number("height"),
        description=facts.text("description"),
    )


# Building a question takes longer than answering it, so those of every page are built once.
@lru_cache(maxsize=4)
def _people(tables: FeedTables) -> sa.Select[Any]:
    members = tables.members.c
    return (
        sa.select(members.room_id, members.user_id, shown_name(tables), members.avatar)
        .where(members.room_id.in_(sa.bindparam("rooms", expanding=True)))
        .where(members.user_id.in_(sa.bindparam("senders", expanding=True)))
    )


@lru_cache(maxsize=4)
def _reactions(tables: FeedTables) -> sa.Select[Any]:
    table = tables.reactions.c
    mine = sa.case((table.sender == sa.bindparam("viewer"), table.event_id), else_=None)
    return (
        sa.select(
            table.target,
            table.room_id,
            table.key,
            sa.func.count(sa.distinct(table.sender)).label("number"),
            sa.func.min(table.at).label("first"),
            sa.func.max(mine).label("mine"),
        )
        .where(table.target.in_(sa.bindparam("targets", expanding=True)))
        .where(table.room_id.in_(sa.bindparam("rooms", expanding=True)))
        .group_by(table.target, table.room_id, table.key)
        .order_by(sa.desc("number"), sa.asc("first"), table.key)
    )


def _read(text: str) -> str:
    """Return an app's words with the marks that they are written by."""
    return sanitize(f"<p>{as_marked(text)}</p>")


def _own_step(facts: Payload) -> Payload:
    """Return the sentence of a post that stands alone; one that names nothing says nothing there."""
    own = facts.at("step")
    return own if "{" in own.text("verb") else Payload()


def _without_title(text: str, title: str) -> str:
    """Return *text* without its first line where that is the title above it."""
    first, _, rest = text.partition("\n")
    return rest.strip() if first and plain(_read(first)) == title else text
