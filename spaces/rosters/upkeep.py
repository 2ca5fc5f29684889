"""Keeps what we know of people as their directory says.

stamp changed? --> read --> people, faults --> too much gone? --no--> stored --> a pass
                                                             --yes-> held, admins told once
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.database import Change
from appservice.errors import FileFaults, ParvisError
from appservice.ids import UserId
from spaces.people import DirectoryPerson
from spaces.people_store import PeopleStore
from spaces.rosters.alarm import Alarm
from spaces.rosters.entries import Source, SourceFailed
from spaces.rosters.guard import Loss, loss
from spaces.rosters.mapping import PeopleRules, Roster
from spaces.rosters.readings import DirectoryTrouble, Reading, Readings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DirectorySettings:
    """How a directory is kept up with: a loss of more than *percent* waits for an admin's word."""

    rules: PeopleRules
    percent: int = 20
    every: float = 60.0
    """Seconds between two looks."""
    patience: float = 3600.0
    """Seconds for which a directory may be away before the admins are told."""
    gather: float = 0.3
    """Seconds for which changes are gathered that a directory itself tells of."""


@dataclass(frozen=True)
class Look:
    """What a look at the directory brought; *held*: nothing of it was believed."""

    source: str
    people: int
    new: tuple[DirectoryPerson, ...] = ()
    changed: tuple[DirectoryPerson, ...] = ()
    gone: tuple[DirectoryPerson, ...] = ()
    """Who was active, and is no longer."""
    faults: tuple[str, ...] = ()
    held: Loss | None = None

    @property
    def left(self) -> tuple[DirectoryPerson, ...]:
        """Return who is no longer somebody whom the organization counts."""
        return (*self.gone, *(person for person in self.changed if not person.counts))

    @property
    def news(self) -> bool:
        """Tell whether anything differs from what was known."""
        return bool(self.new or self.changed or self.gone)


@dataclass
class _Glance:
    """What the loop has seen."""

    stamp: str = ""
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Upkeep:
    """Looks at one directory, for ever or when asked."""

    def __init__(
        self,
        *,
        source: Source,
        settings: DirectorySettings,
        people: PeopleStore,
        readings: Readings,
        alarm: Alarm,
        moved: Callable[[], None],
        leaving: Callable[[Sequence[UserId]], Awaitable[Sequence[Change]]],
    ) -> None:
        """*moved* is called when what is known of people has changed; *leaving* says what is to be done
        in the same commit about those who count no more.
        """
        self._leaving = leaving
        self.source = source
        self._settings = settings
        self._people = people
        self._readings = readings
        self._alarm = alarm
        self._moved = moved
        self._lock = asyncio.Lock()
        self._glance = _Glance()

    def wake(self) -> None:
        """Have the loop look now: the directory itself said that it changed."""
        self._glance.wake.set()

    async def standing(self) -> Reading:
        """Return how it stands with the directory."""
        return await self._readings.last(self.source.name)

    async def keep_for_ever(self) -> None:
        """Look now, and whenever there may be something new."""
        while True:
            self._glance.wake.clear()
            await self._look_if_new()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._glance.wake.wait(), self._settings.every)
                await asyncio.sleep(self._settings.gather)

    async def look(self, *, believe: bool = False, rehearse: bool = False) -> Look:
        """Read the directory and store what it says; *believe* it however much is gone.

        *rehearse* only tells what would be. Raises FileFaults or SourceFailed where it cannot be read.
        """
        async with self._lock:
            try:
                roster = await self._roster()
            except (FileFaults, SourceFailed) as error:
                if not rehearse:
                    await self._note(DirectoryTrouble.UNREAD, faults=str(error).splitlines())
                raise
            known = await self._people.all()
            look = _look(self.source.name, known, roster)
            lost = loss(known, roster.people, percent=self._settings.percent)
            if lost and not believe:
                look = replace(look, held=lost)
            if not rehearse:
                await self._store(look, roster)
            return look

    async def _roster(self) -> Roster:
        roster = self._settings.rules.roster(await self.source.read())
        if roster.faults and self.source.all_or_nothing:
            raise FileFaults("\n".join(roster.faults))
        return roster

    async def _store(self, look: Look, roster: Roster) -> None:
        if look.held:
            await self._note(DirectoryTrouble.HELD, loss=look.held)
            return
        if look.news:
            besides = await self._leaving([one.user_id for one in look.left])
            await self._people.take_over(self.source.name, roster.people, *besides)
            self._moved()
        trouble = DirectoryTrouble.FAULTS if roster.faults else DirectoryTrouble.NONE
        await self._note(trouble, faults=roster.faults, people=len(roster.people))

    async def _note(
        self,
        trouble: DirectoryTrouble,
        *,
        faults: Sequence[str] = (),
        loss: Loss | None = None,
        people: int | None = None,
    ) -> None:
        """Store how it stands; tell admins of a trouble when it begins."""
        last, now = await self._readings.last(self.source.name), int(time.time() * 1000)
        reading = Reading(
            source=self.source.name,
            looked=now,
            believed=last.believed if people is None else now,
            people=last.people if people is None else people,
            trouble=trouble,
            since=last.since if trouble is last.trouble else now,
            faults=tuple(faults),
            loss=loss,
        )
        await self._readings.put(reading)
        if self._worth_telling(reading):
            await self._alarm.tell(reading)

    def _worth_telling(self, reading: Reading) -> bool:
        """Tell whether admins should know: a network is away for a moment now and then, a file is not."""
        if reading.trouble is DirectoryTrouble.UNREAD and not self.source.all_or_nothing:
            return reading.looked - reading.since >= self._settings.patience * 1000
        return reading.trouble is not DirectoryTrouble.NONE

    async def _look_if_new(self) -> None:
        """Look, unless the stamp says that nothing changed; what fails is tried again."""
        try:
            stamp = await self.source.stamp()
            if stamp and stamp == self._glance.stamp:
                return
            await self.look()
            self._glance.stamp = stamp
        except FileFaults:
            self._glance.stamp = stamp  # The admins were told; only another file helps.
        except (ParvisError, SQLAlchemyError, OSError) as error:
            log.warning("the directory was not read", source=self.source.name, error=str(error))


def _look(source: str, known: Sequence[DirectoryPerson], roster: Roster) -> Look:
    before = {person.user_id: person for person in known}
    told = {person.user_id for person in roster.people}
    changed = [
        person
        for person in roster.people
        if person.user_id in before and before[person.user_id] != person
    ]
    vanished = [person for person in known if person.active and person.user_id not in told]
    gone = [person for person in changed if before[person.user_id].active and not person.active]
    return Look(
        source,
        len(roster.people),
        new=tuple(person for person in roster.people if person.user_id not in before),
        changed=tuple(person for person in changed if person not in gone),
        gone=(*gone, *vanished),
        faults=roster.faults,
    )
