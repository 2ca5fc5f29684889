"""Cards that begin anew: a loud change would be seen by nobody on a card that lies far below.

The case goes on as a new card; the former one says so, with a link, once the new one has an event.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from msgspec import structs

from appservice.ids import EventId, RoomId
from appservice.languages import N_, Phrases
from appservice.outbox_rows import Outgoing
from appservice.permalinks import permalink
from bridges import cards
from bridges.base import App
from bridges.casebook import Continued, KnownCase
from bridges.cases import Case, DatedState
from bridges.connection import Connection
from bridges.filters import trimmed_case
from bridges.options import Mode
from bridges.readings import Activity, Importance
from bridges.row_keys import continued_key

_HOUR_MS = 3600 * 1000
_ENDED = "done"


def begins_anew(
    known: KnownCase,
    case: Case,
    new: Sequence[Activity],
    connection: Connection,
    app: App,
    *,
    at: int,
) -> bool:
    """Tell whether what is *new* is to lift a case to a new card; *at* is when its call came.

    What happened before the last news, and only comes late, lifts nothing.
    """
    if known.muted or not known.shown or connection.options.mode is Mode.FLAT:
        return False
    lifts = any(
        item.importance is Importance.LOUD and item.verb and (item.at or at) > known.heard
        for item in new
    )
    return lifts and (_is_buried(known, connection, at=at) or _fires_again(known, case, app, at=at))


def former_row(
    continued: Continued, connection: Connection, app: App, words: Phrases, *, via: str
) -> Outgoing:
    """Return the last edit of a former card: where the case goes on. *via*: our server."""
    case = trimmed_case(continued.case, connection.options)
    content = cards.card_content(
        app=app,
        connection=connection.short,
        case_id=continued.case_id,
        case=structs.replace(case, state=DatedState(N_("Continued"), _ENDED, 0)),
        words=words,
    )
    _add_link(content, connection.room_id, continued.event_id, words, via=via)
    return Outgoing(
        key=continued_key(connection.id, continued.case_id, continued.generation),
        room_id=connection.room_id,
        content=cards.edit_of(continued.former, content),
    )


def _add_link(
    content: dict[str, Any], room_id: RoomId, event_id: EventId, words: Phrases, *, via: str
) -> None:
    said = words(N_("It goes on in a newer card"))
    link = permalink(room_id, event_id, via=via)
    content["body"] += f"\n{said}{cards.colon(words)}{link}"
    content["formatted_body"] += f'<p><a href="{escape(link)}">{escape(said)}</a></p>'
    content["org.parvis.card"]["continued"] = event_id


def _is_buried(known: KnownCase, connection: Connection, *, at: int) -> bool:
    days = connection.options.renew_days
    return days > 0 and at - known.heard > days * 24 * _HOUR_MS


def _fires_again(known: KnownCase, case: Case, app: App, *, at: int) -> bool:
    """Tell whether a case of an app whose cases come back ended long ago, and goes on now."""
    before, now = known.case.state, case.state
    if not app.begins_anew or before is None or now is None:
        return False
    ended = before.kind == _ENDED and now.kind != _ENDED
    return ended and at - before.at > app.begins_anew * _HOUR_MS
