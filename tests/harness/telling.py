"""A room as it would look after some calls: pure, without database and homeserver."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appservice.errors import PayloadRejected
from appservice.ids import EventId
from appservice.languages import Language, Phrases, phrases
from appservice.outbox_rows import Outgoing
from bridges.base import App, Delivery
from bridges.casebook import Continued, KnownCase
from bridges.options import AS_USUAL, Options
from bridges.reader import Said, with_keys
from bridges.readings import Ignored, Reading
from bridges.renewing import former_row
from bridges.row_keys import root_key
from bridges.telling import Telling, digest_rows, is_news, tell
from tests.harness.connections import connection_with

BEGIN = 1_700_000_000_000


@dataclass
class TellingRoom:
    """Hears readings one after the other; *rows* is what would be sent, oldest first."""

    app: App
    options: Options = AS_USUAL
    words: Phrases = field(default_factory=lambda: phrases(Language.FR))
    crowded: bool = False
    """Digests tell what comes."""
    rows: list[Outgoing] = field(default_factory=list)
    known: dict[str, KnownCase] = field(default_factory=dict)
    told: dict[str, set[str]] = field(default_factory=dict)
    heard: int = 0

    def hear(self, reading: Reading, *, at: int = 0) -> Telling:
        """Tell what a call says; *at* is when it came, in milliseconds since 1970."""
        self.heard += 1
        connection = replace(connection_with(self.options), app=self.app.slug)
        received = at or BEGIN + self.heard
        said = Said(self.heard, received, connection, self.app, with_keys(reading, self.heard))
        before, told = self.known.get(said.case_id), self.told.setdefault(said.case_id, set())
        telling = tell([said], before, told, self.words, crowded=self.crowded)
        told |= {activity.key for activity in telling.new}
        self.rows += telling.rows
        if telling.lines:
            self.rows += digest_rows(connection, self.app, telling.lines, self.words, self.heard)
        if said.case_id:
            self._remember(said, before, telling)
        return telling

    def _remember(self, said: Said, before: KnownCase | None, telling: Telling) -> None:
        generation = (before.generation if before else 0) + telling.renewed
        received = said.received
        news = received if is_news(telling, self.app) else 0
        self.known[said.case_id] = KnownCase(
            telling.case,
            telling.shown,
            (before.edits if before else 0) + (before is None or before.shown != telling.shown),
            received,
            muted=False,
            heard=news or (before.heard if before else 0),
            generation=generation,
        )
        if before and telling.renewed:
            former = root_key(said.connection.id, said.case_id, before.generation)
            event = EventId(f"$card{generation}")
            case = Continued(
                said.connection.id, said.case_id, telling.case, event, former, generation
            )
            self.rows.append(
                former_row(case, said.connection, self.app, self.words, via="parvis.test")
            )

    def cards(self) -> Mapping[str, dict[str, Any]]:
        """Return each card as it stands after its edits, by its outbox key."""
        standing: dict[str, dict[str, Any]] = {}
        for row in self.rows:
            relation = row.content.get("m.relates_to", {})
            if relation.get("rel_type") == "m.replace":
                standing[target_of(row)] = row.content["m.new_content"]
            elif row.key.startswith("card"):
                standing[row.key] = row.content
        return standing


def target_of(row: Outgoing) -> str:
    """Return the outbox key of what *row* relates to, empty if it stands for itself."""
    return str(row.content.get("m.relates_to", {}).get("event_id", "")).removeprefix("outbox:")


def read_of(app: App, delivery: Delivery) -> Reading | None:
    """Return what *app* reads, or None where a call says nothing."""
    if app.is_farewell(delivery) or app.is_ping(delivery):
        return None
    try:
        reading = app.read(delivery)
    except PayloadRejected:
        return None
    return None if isinstance(reading, Ignored) else reading
