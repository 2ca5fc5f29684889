"""What the owners of a group are told once: look at the charter again, let the group rest, answer.

    every pass, each group --> what is due (pure) --> a row for each owner, whose key is the occasion
    ✅ by an owner on the word about resting --> the group rests

The key stands in the outbox for good: a crash, or the next pass, repeats nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

import structlog

from appservice.account import Account
from appservice.commands.letters import Letters
from appservice.commands.replies import bare, quoted
from appservice.errors import HomeserverError
from appservice.events import REACTION, RelationKind, RoomEvent
from appservice.ids import EventId, RoomId, UserId, server_of
from appservice.languages import N_, Phrases
from spaces.directory import Directory
from spaces.kinds import Ending, Kind
from spaces.model import Declaration, Group
from spaces.resting import Resting
from spaces.store import GroupStore
from spaces.vocabulary import Role

FIELD = "org.parvis.proposal"
_TICKS = frozenset({"✅", "✅\ufe0f"})
_HOUR_MS = 3600 * 1000
_DAY_MS = 24 * _HOUR_MS
_LOOKED_BACK_MS = 30 * _DAY_MS
"""Questions that are older were nobody's to answer when we came."""

log = structlog.get_logger(__name__)


class Asked(Protocol):
    """A post that asks something."""

    @property
    def event_id(self) -> EventId:
        """Which post it is."""

    @property
    def title(self) -> str:
        """Its title."""


class Inquiries(Protocol):
    """What the feed knows of rooms; the roof wires it."""

    async def last_post(self, room_id: RoomId) -> int:
        """Return when a person last posted, in milliseconds; 0 for never."""

    async def unanswered(self, room_id: RoomId, *, since: int, before: int) -> Sequence[Asked]:
        """Return the questions of that time that nobody has commented."""


@dataclass(frozen=True)
class Word:
    """One thing to be told: *occasion* names it for all time."""

    occasion: str
    message: str
    values: Mapping[str, str]
    proposes_rest: bool = False


def review_due(declared: Declaration, today: date) -> str:
    """Return the occasion of a charter that is to be looked at again, or an empty text."""
    review = declared.charter.review
    due = review is not None and review <= today and not declared.archived
    return f"review:{declared.uuid}:{review}" if due else ""


def rest_due(declared: Declaration, kind: Kind, *, last_post: int, now: int) -> str:
    """Return the occasion of a group that may rest, or an empty text. Landmarks never rest."""
    if declared.archived or declared.landmark or kind.ending is Ending.NEVER:
        return ""
    wait = kind.ending_days * _DAY_MS
    if kind.ending is Ending.QUIET:
        return f"rest:{declared.uuid}:{last_post}" if now - last_post >= wait else ""
    if declared.ends is None:
        return ""
    end = int(datetime.combine(declared.ends, datetime.min.time(), UTC).timestamp() * 1000)
    # The last day itself belongs to the project.
    due = now - max(end + _DAY_MS, last_post) >= wait
    return f"rest:{declared.uuid}:{declared.ends}" if due else ""


def silence_due(declared: Declaration, kind: Kind, *, last_post: int, now: int) -> str:
    """Return the occasion of a group in which nobody has posted for its kind's cadence, or nothing."""
    quiet = kind.cadence_days > 0 and now - last_post >= kind.cadence_days * _DAY_MS
    return f"silence:{declared.uuid}:{last_post}" if quiet and not declared.archived else ""


class Reminders:
    """Looks at groups in every pass; a Subscriber that hears the answers."""

    def __init__(  # noqa: PLR0913 - what owners are told comes from everywhere
        self,
        *,
        bot: Account,
        groups: GroupStore,
        kinds: Mapping[str, Kind],
        resting: Resting,
        directory: Directory,
        inquiries: Inquiries,
        letters: Letters,
        public_url: str,
        clock: Callable[[], int],
    ) -> None:
        """*clock* tells milliseconds since 1970."""
        self._bot = bot
        self._groups = groups
        self._kinds = kinds
        self._resting = resting
        self._directory = directory
        self._inquiries = inquiries
        self._letters = letters
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    async def look(self, group: Group, *, now: int | None = None) -> None:
        """Tell the owners of *group* what is due *now* (milliseconds; left out: by the clock)."""
        at = self._clock() if now is None else now
        declared = group.declaration
        kind = self._kinds.get(declared.kind)
        if kind is None or declared.archived:
            return
        owners = self._people(declared, Role.OWNER)
        today = datetime.fromtimestamp(at / 1000, UTC).date()
        if occasion := review_due(declared, today):
            await self._tell(owners, self._review(group, occasion))
        await self._look_for_silence(group, kind, owners, at)
        if kind.unanswered_hours:
            await self._raise_questions(group, kind, at)

    async def _look_for_silence(
        self, group: Group, kind: Kind, owners: Sequence[UserId], now: int
    ) -> None:
        """Propose rest where the kind does so by now, or else ask what its members would read."""
        may_end = kind.ending is not Ending.NEVER and not group.declaration.landmark
        if not may_end and not kind.cadence_days:
            return
        last = await self._last_sign(group)
        if occasion := rest_due(group.declaration, kind, last_post=last, now=now):
            await self._tell(owners, self._rest(group, occasion))
        elif occasion := silence_due(group.declaration, kind, last_post=last, now=now):
            await self._tell(owners, self._silence(group, kind, occasion))

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Let a group rest to which an owner answered ✅."""
        for event in events:
            relation = event.relation
            if event.type != REACTION or relation is None or event.redacted:
                continue
            tick = relation.kind is RelationKind.ANNOTATION and relation.key in _TICKS
            if not tick or await self._groups.by_room(event.room_id) is not None:
                continue
            try:
                await self._answered(event, relation.target)
            except HomeserverError as error:
                log.warning("an answer was not carried out", error=str(error))

    async def _answered(self, tick: RoomEvent, target: EventId) -> None:
        word = await self._bot.event(tick.room_id, target)
        uuid = word.content.text(FIELD, "group")
        group = await self._groups.by_uuid(uuid) if uuid else None
        if word.sender != self._bot.user_id or group is None or group.declaration.archived:
            return
        if not await self._directory.may_manage(tick.sender, group.posts_id):
            return
        await self._resting.rest(group, tick.sender, asked=tick.event_id)
        message = N_("**{group}** rests now. `group restore {slug}` wakes it.")
        values = {"group": quoted(group.name), "slug": group.slug}
        await self._tell([tick.sender], Word(f"rested:{tick.event_id}", message, values))

    async def _raise_questions(self, group: Group, kind: Kind, now: int) -> None:
        before = now - kind.unanswered_hours * _HOUR_MS
        found = await self._inquiries.unanswered(
            group.posts_id, since=before - _LOOKED_BACK_MS, before=before
        )
        people = self._people(group.declaration, Role.OWNER, Role.MODERATOR)
        for asked in found:
            values = {
                "title": quoted(asked.title),
                "group": quoted(group.name),
                "hours": str(kind.unanswered_hours),
                "link": f"{self._public_url}/posts/{asked.event_id}",
            }
            message = N_(
                "“{title}” in **{group}** has no answer after {hours} hours. Who could know? {link}"
            )
            await self._tell(people, Word(f"unanswered:{asked.event_id}", message, values))

    async def _last_sign(self, group: Group) -> int:
        """Return when a person last posted, or else when the group began."""
        last = await self._inquiries.last_post(group.posts_id)
        if last:
            return last
        create = await self._bot.state_event(group.space_id, "m.room.create")
        return create.origin_ts if create else self._clock()

    def _people(self, declared: Declaration, *roles: Role) -> list[UserId]:
        own = server_of(self._bot.user_id)
        return [user for user, role in declared.roles if role in roles and server_of(user) == own]

    def _review(self, group: Group, occasion: str) -> Word:
        message = N_(
            "It is time to look at the charter of **{group}** again: {link}. When it is true, set the "
            "next day: `group charter {slug} review=2027-12-31`."
        )
        link = f"{self._public_url}/groups/{group.slug}/settings"
        values = {"group": quoted(group.name), "slug": group.slug, "link": link}
        return Word(occasion, message, values)

    def _silence(self, group: Group, kind: Kind, occasion: str) -> Word:
        message = N_(
            "Nobody has posted in **{group}** for {days} days. What would its members like to know? {link}"
        )
        values = {
            "group": quoted(group.name),
            "days": str(kind.cadence_days),
            "link": f"{self._public_url}/groups/{group.slug}",
        }
        return Word(occasion, message, values)

    def _rest(self, group: Group, occasion: str) -> Word:
        message = N_(
            "Nobody has written in **{group}** for a while. May it rest? All of it can still be read. "
            "Answer this message with ✅, or write `group archive {slug}`."
        )
        values = {"group": quoted(group.name), "slug": group.slug, "uuid": group.declaration.uuid}
        return Word(occasion, message, values, proposes_rest=True)

    async def _tell(self, people: Sequence[UserId], word: Word) -> None:
        """Tell each of *people*, once for all time; who cannot be reached is left out."""

        def say(words: Phrases) -> str:
            return bare(words(word.message, **word.values))

        proposal = {FIELD: {"group": word.values.get("uuid", ""), "what": "rest"}}
        more = proposal if word.proposes_rest else {}
        for user_id in people:
            await self._letters.send(user_id, f"{word.occasion}:{user_id}", say, more=more)
