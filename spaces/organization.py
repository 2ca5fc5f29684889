"""Who is in the organization's own space, as the directory says: a pure plan, and what carries it out.

    counts, and is not in             --> let in: invited, or at once with the admin credential
    no longer active                  --> told why, and shut out: the space is open, so leaving alone
                                          would last until the next click
    active again, and we shut them out --> opened again

Who left the space by themselves, or was banned by a person, stays out, of its groups too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.ids import RoomId, UserId
from appservice.languages import Phrases
from spaces.actual import read_room
from spaces.arrivals import Arrivals
from spaces.farewell import WHY, Farewell
from spaces.membership import Because, Standing
from spaces.people import DirectoryPerson
from spaces.reconcile import Reconciler

_OUT = frozenset({"leave", "ban"})

log = structlog.get_logger(__name__)


class Gate(StrEnum):
    """What is done about one account."""

    LET_IN = "let in"
    SHUT = "shut"
    OPEN = "open"


@dataclass(frozen=True)
class Passage:
    """One thing to be done about one person."""

    person: DirectoryPerson
    gate: Gate


def plan_organization(
    people: Sequence[DirectoryPerson],
    accounts: Mapping[UserId, Standing],
    *,
    spared: frozenset[UserId] = frozenset(),
    at_once: bool = False,
) -> Iterator[Passage]:
    """Walk what must be done so that the organization's space has whom it should.

    *at_once*: people can be let in without an answer, so an invitation alone is not enough.
    """
    within = {"join"} if at_once else {"join", "invite"}
    for person in people:
        standing = accounts.get(person.user_id, Standing())
        if person.user_id in spared:
            continue
        if not person.active:
            if standing.membership not in {"", "ban"}:
                yield Passage(person, Gate.SHUT)
            continue
        if standing.membership == "ban" and not standing.by_hand:
            yield Passage(person, Gate.OPEN)
        if person.counts and standing.membership not in within and not stays_out(standing):
            yield Passage(person, Gate.LET_IN)


def stays_out(standing: Standing) -> bool:
    """Tell whether an account is out by a person's word, its own or another's."""
    return standing.membership in _OUT and standing.by_hand


class Organization:
    """Brings the organization's space to what the directory says."""

    def __init__(
        self,
        *,
        bot: Account,
        reconciler: Reconciler,
        arrivals: Arrivals,
        farewell: Farewell,
        words: Phrases,
    ) -> None:
        """*words* are those of the organization's language."""
        self._bot = bot
        self._reconciler = reconciler
        self._arrivals = arrivals
        self._farewell = farewell
        self._words = words

    async def align(self, people: Sequence[DirectoryPerson]) -> Sequence[DirectoryPerson]:
        """Carry the plan out; return those of *people* whom groups may bring in, or take out."""
        if not people:
            return people
        root = await self._reconciler.root()
        accounts = (await read_room(self._bot, root)).accounts
        self._arrivals.know(
            user_id for user_id, standing in accounts.items() if standing.membership == "join"
        )
        plan = plan_organization(
            people,
            accounts,
            spared=frozenset(self._reconciler.house.creators),
            at_once=self._arrivals.at_once,
        )
        for passage in plan:
            try:
                await self._carry_out(root, passage, accounts)
            except HomeserverError as error:
                # The next pass does what could not be done now.
                user_id = passage.person.user_id
                log.warning("a person was not moved", user=user_id, error=str(error))
        return [
            person
            for person in people
            if not stays_out(accounts.get(person.user_id, Standing())) or not person.active
        ]

    async def _carry_out(
        self, root: RoomId, passage: Passage, accounts: Mapping[UserId, Standing]
    ) -> None:
        person, user_id = passage.person, passage.person.user_id
        standing = accounts.get(user_id, Standing())
        if passage.gate is Gate.LET_IN:
            invited = standing.membership == "invite"
            await self._arrivals.into_room(root, person, invited=invited)
        elif passage.gate is Gate.OPEN:
            await self._bot.unban(root, user_id)
        else:
            if standing.membership == "join":
                await self._farewell.from_organization(user_id, stay=standing.event_id)
            reason = self._words(WHY[Because.LEFT_ORGANIZATION])
            await self._bot.ban(root, user_id, reason=reason)
