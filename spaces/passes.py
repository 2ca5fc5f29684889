"""One look at everything: rooms as declared, people as planned. A second look finds nothing to do.

every group: mend its rooms --> align its people     (some groups side by side)
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from appservice.errors import HomeserverError
from appservice.events import MEMBER, RoomEvent
from appservice.ids import RoomId
from spaces.alignment import Alignment
from spaces.model import Group
from spaces.organization import Organization
from spaces.people_store import PeopleStore
from spaces.reconcile import Reconciler
from spaces.store import GroupStore

_AT_ONCE = 4
_GATHER = 0.3
"""Seconds in which what is asked for becomes one look."""

log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Learns how many groups are done, and of how many."""


@dataclass(frozen=True)
class PassReport:
    """What a pass did."""

    groups: int
    moved: int
    failed: tuple[str, ...] = ()
    """The uuids of groups that could not be looked at; the next pass tries again."""


class Passes:
    """Makes passes: at the start, every night, after a directory changed, or when asked."""

    def __init__(
        self,
        *,
        groups: GroupStore,
        people: PeopleStore,
        reconciler: Reconciler,
        alignment: Alignment,
        organization: Organization,
        chores: Sequence[Callable[[Group], Awaitable[None]]] = (),
    ) -> None:
        """*chores* are done for each group whose rooms were looked at."""
        self._chores = tuple(chores)
        self._groups = groups
        self._people = people
        self._reconciler = reconciler
        self._alignment = alignment
        self._organization = organization
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._one_at_a_time = asyncio.Lock()
        self._asked = asyncio.Event()
        self._everybody, self._changed = False, set[str]()
        # Not when its event is heard: then a new group may have no row yet, which a look goes by.
        reconciler.on_change(self._ask_for)

    def ask(self) -> None:
        """Have everybody's place looked at soon: what is known of people has changed."""
        self._everybody = True
        self._asked.set()

    def _ask_for(self, group: Group) -> None:
        """Have the people of one group looked at soon: a group among many must not cost a look at all."""
        self._changed.add(group.declaration.uuid)
        self._asked.set()

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Ask for a look when somebody comes into the organization."""
        for event in events:
            came = event.type == MEMBER and event.content.text("membership") == "join"
            if came and await self._is_root(event.room_id):
                self.ask()

    async def _is_root(self, room_id: RoomId) -> bool:
        try:
            return room_id == await self._reconciler.root()
        except HomeserverError:
            return True  # One look too many does no harm.

    async def run_for_ever(self, *, every: float) -> None:
        """Look at everything now, again *every* so many seconds, and at people when asked."""
        loop = asyncio.get_running_loop()
        whole = loop.time()
        while True:
            self._asked.clear()
            mend = loop.time() >= whole
            only = None if mend or self._everybody else frozenset(self._changed)
            self._everybody = False
            self._changed.clear()
            try:
                report = await self.run(mend=mend, only=only)
                self._changed.update(report.failed)
                log.info("groups looked at", groups=report.groups, moved=report.moved)
            except HomeserverError as error:
                log.warning("groups not looked at", error=str(error))
                self._everybody = True  # The next look makes up for this one.
            whole += every if mend else 0
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), max(0, whole - loop.time()))
                await asyncio.sleep(_GATHER)

    async def run(
        self,
        progress: Progress = lambda _done, _total: None,
        *,
        mend: bool = True,
        only: Collection[str] | None = None,
    ) -> PassReport:
        """Look at every group once, or at those of *only* (uuids): its rooms (unless not to *mend*
        them), and its people.
        """
        async with self._one_at_a_time:
            every = await self._groups.all()
            chosen = [one for one in every if only is None or one.declaration.uuid in only]
            return await self._run(chosen, progress, mend=mend)

    async def _run(self, groups: Sequence[Group], progress: Progress, *, mend: bool) -> PassReport:
        people = await self._organization.align(await self._people.all())
        moved, failed, done = 0, list[str](), list[str]()

        async def one(group: Group) -> None:
            nonlocal moved
            async with self._slots:
                try:
                    if mend:
                        group = await self._reconciler.mend(group)
                    moved += await self._alignment.align(group, people)
                    for chore in self._chores if mend else ():
                        await chore(group)
                except HomeserverError as error:
                    log.warning("group not mended", group=group.slug, error=str(error))
                    failed.append(group.declaration.uuid)
            done.append(group.slug)
            progress(len(done), len(groups))

        await asyncio.gather(*(one(group) for group in groups))
        return PassReport(len(groups), moved, tuple(failed))
