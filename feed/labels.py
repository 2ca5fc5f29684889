"""Labels of posts: which a post carries, and which a group's posts carry how often."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from appservice.ids import RoomId
from appservice.payload import Payload
from feed.folding import folded
from feed.tables import FeedTables

_MOST, _NEWEST = 8, 1000


def labels_of(facts: Payload) -> tuple[str, ...]:
    """Return the labels of a post: its own, or those that its case has in its app."""
    return tuple(facts.texts("labels") or facts.texts("card", "labels"))


def label_rows(event_id: str, room_id: str, at: int, facts: Payload) -> list[dict[str, Any]]:
    """Return the rows of a post's labels, each once however it is written."""
    by_key = {key: label for label in labels_of(facts) if (key := folded(label))}
    return [
        {"event_id": event_id, "label": key, "word": word, "room_id": room_id, "at": at}
        for key, word in by_key.items()
    ]


def most_used(tables: FeedTables, room_ids: Sequence[RoomId]) -> sa.Select[Any, int]:
    """Return the query for the labels of rooms, the most used first: words and numbers.

    Only the newest thousand of each room are counted, so that a page costs no more as a group ages.
    """
    newest = sa.union_all(*(_newest(tables, room_id) for room_id in room_ids)).subquery()
    number = sa.func.count().label("number")
    return (
        sa.select(sa.func.min(newest.c.word).label("word"), number)
        .group_by(newest.c.label)
        .order_by(number.desc(), newest.c.label)
        .limit(_MOST)
    )


def _newest(tables: FeedTables, room_id: RoomId) -> sa.Select[Any]:
    labels = tables.labels.c
    newest = (
        sa.select(labels.label, labels.word)
        .where(labels.room_id == room_id)
        .order_by(labels.at.desc())
        .limit(_NEWEST)
    )
    return sa.select(newest.subquery())


def carries(labels: Sequence[str], query: Mapping[str, str]) -> bool:
    """Tell whether a page with that *query* shows a post with those *labels*."""
    wanted = folded(query.get("label", ""))
    return not wanted or wanted in map(folded, labels)
