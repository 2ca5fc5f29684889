"""Labels of posts: which a post carries, and which a group's posts carry how often."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from appservice.ids import RoomId
from appservice.payload import Payload
from feed.folding import folded
from feed.tables import FeedTables

_MOST = 8


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
    """Return the query for the labels of rooms, the most used first: words and numbers."""
    labels = tables.labels.c
    number = sa.func.count().label("number")
    return (
        sa.select(sa.func.min(labels.word).label("word"), number)
        .where(labels.room_id.in_(room_ids))
        .group_by(labels.label)
        .order_by(number.desc(), labels.label)
        .limit(_MOST)
    )


def carries(labels: Sequence[str], query: Mapping[str, str]) -> bool:
    """Tell whether a page with that *query* shows a post with those *labels*."""
    wanted = folded(query.get("label", ""))
    return not wanted or wanted in map(folded, labels)
