"""Loud changes said once more in the room itself, in one line that leads to the card: pure.

A card that lies far above is seen by nobody, and its edits ring nowhere. Off unless a connection's
option asks for it; once an hour at most for each case.
"""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from appservice.ids import RoomId
from appservice.languages import Phrases
from appservice.outbox_rows import Outgoing
from appservice.permalinks import permalink
from bridges import cards
from bridges.casebook import KnownCase
from bridges.cases import Case
from bridges.options import Mode, asks_for
from bridges.reader import Said
from bridges.readings import Activity, Importance
from bridges.row_keys import loud_key

_HOUR_MS = 3600 * 1000


def broadcast(
    group: Sequence[Said],
    new: Sequence[Activity],
    case: Case,
    known: KnownCase | None,
    words: Phrases,
    *,
    via: str,
) -> Outgoing | None:
    """Return the line about the last loud thing that is *new*, where one is wanted; *via*: our server.

    A card that is only on its way is news itself, and needs none.
    """
    first, at = group[0], max(said.received for said in group)
    if first.connection.options.mode is Mode.FLAT or known is None or not known.root:
        return None
    if known.announced and at - known.announced < _HOUR_MS:
        return None
    loud = [item for item in new if item.key in _wanted(group)]
    if not loud:
        return None
    key = loud_key(first.connection.id, first.case_id, loud[-1].key)
    room_id = first.connection.room_id
    content = cards.flat_content(replace(loud[-1], text=""), case, words, app=first.app)
    said = f"{cards.colon(words)}{cards.sentence(loud[-1], words)}"
    _lead(content, said, room_id, known, via=via)
    return Outgoing(key, room_id, content)


def _wanted(group: Sequence[Said]) -> frozenset[str]:
    """Return the keys of what is loud, can be told and belongs to an event that is asked for."""
    return frozenset(
        item.key
        for said in group
        if asks_for(said.reading.event, said.connection.options.broadcast)
        for item in said.reading.activities
        if item.importance is Importance.LOUD and item.verb
    )


def _lead(
    content: dict[str, Any], said: str, room_id: RoomId, known: KnownCase, *, via: str
) -> None:
    """Make one line of a post, which leads to the card; what is *said* follows its title."""
    title, link = content["org.parvis.card"]["title"], permalink(room_id, known.root, via=via)
    content["body"] = f"{title}{said} {link}"
    content["formatted_body"] = f'<a href="{escape(link)}">{escape(title)}</a>{escape(said)}'
    content["org.parvis.card"] |= {"url": "", "told_in": known.root}
