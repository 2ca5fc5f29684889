"""The spaces as a whole, built on the trays of the ground floor."""

from dataclasses import dataclass

from appservice.administration import Administration
from appservice.commands.letters import Letters
from appservice.floor import Trays
from appservice.ids import UserId
from appservice.languages import phrases
from spaces.alignment import Alignment
from spaces.applying import Applying
from spaces.arrivals import Arrivals
from spaces.brought import BroughtMembers
from spaces.charter_posts import CharterPosts
from spaces.commands.approving import ApprovalClicks, ApprovalLetters
from spaces.directory import Directory
from spaces.drafts import DraftStore
from spaces.drifting import Drifting
from spaces.explaining import Explaining
from spaces.founding import Founding
from spaces.groupfile import GroupFile
from spaces.holding import HeldPosts
from spaces.inviting.house import Inviting, InvitingParts, build_inviting
from spaces.legacy import Legacy
from spaces.life import Life, Outside, build_life
from spaces.members import Members
from spaces.organization import Organization
from spaces.passes import Passes
from spaces.people_store import PeopleStore
from spaces.reconcile import Reconciler
from spaces.rooms import House
from spaces.rosters.alarm import Alarm
from spaces.rosters.entries import Source
from spaces.rosters.readings import Readings
from spaces.rosters.upkeep import DirectorySettings, Upkeep
from spaces.store import GroupStore
from spaces.vocabulary import Creation
from spaces.welcome import Welcome


@dataclass(frozen=True)
class Spaces:
    """The parts that others need to know."""

    groups: GroupStore
    reconciler: Reconciler
    directory: Directory
    members: Members
    welcome: Welcome
    people: PeopleStore
    passes: Passes
    drifting: Drifting
    founding: Founding
    clicks: ApprovalClicks
    file: GroupFile
    held: HeldPosts
    upkeep: Upkeep | None
    """Keeps up with the directory, where one is set up."""
    life: Life
    inviting: Inviting


@dataclass(frozen=True)
class PeopleParts:
    """What the spaces need to know of people: where they come from, and how to write to them."""

    letters: Letters
    inviting: InvitingParts
    admins: tuple[UserId, ...] = ()
    source: Source | None = None
    settings: DirectorySettings | None = None
    administration: Administration | None = None
    """Where it is set, accounts are made, and people are in without an answer of theirs."""


def build_spaces(
    trays: Trays,
    house: House,
    *,
    creation: Creation,
    key: bytes,
    parts: PeopleParts,
    outside: Outside,
) -> Spaces:
    """Return the spaces of *house*; *key* makes what nobody may guess."""
    groups, people = GroupStore(database=trays.database), PeopleStore(database=trays.database)
    words, explain = phrases(house.language), Explaining(letters=parts.letters).tell
    charters = CharterPosts(bot=trays.bot, outbox=trays.outbox, words=words, render=outside.render)
    reconciler = Reconciler(
        bot=trays.bot, house=house, groups=groups, clock=outside.clock,
        changed=charters.keep, explain=explain,
    )  # fmt: skip
    members = Members(bot=trays.bot, groups=groups, reconciler=reconciler)
    directory = Directory(bot=trays.bot, groups=groups)
    life = build_life(
        trays,
        charters=charters,
        groups=groups,
        members=members,
        reconciler=reconciler,
        directory=directory,
        letters=parts.letters,
        words=words,
        outside=outside,
    )
    passes = _passes(trays, parts, groups, people, reconciler, members, life)
    inviting = build_inviting(
        trays,
        parts.inviting,
        people=people,
        reconciler=reconciler,
        administration=parts.administration,
        key=key,
        clock=outside.clock,
    )
    founding, clicks = _founding(trays, creation, groups, members, reconciler, life, parts, outside)
    return Spaces(
        groups=groups,
        reconciler=reconciler,
        directory=directory,
        members=members,
        welcome=_welcome(trays, parts, groups, people, reconciler),
        people=people,
        passes=passes,
        drifting=Drifting(bot=trays.bot, groups=groups, reconciler=reconciler),
        founding=founding,
        clicks=clicks,
        file=_file(groups, members, reconciler, key=key),
        held=HeldPosts(bot=trays.bot, groups=groups, outbox=trays.outbox, words=words),
        upkeep=_upkeep(trays, people, parts, passes, inviting),
        life=life,
        inviting=inviting,
    )


def _welcome(
    trays: Trays,
    parts: PeopleParts,
    groups: GroupStore,
    people: PeopleStore,
    reconciler: Reconciler,
) -> Welcome:
    return Welcome(
        bot=trays.bot, groups=groups, people=people, reconciler=reconciler, admins=parts.admins
    )


def _founding(
    trays: Trays,
    creation: Creation,
    groups: GroupStore,
    members: Members,
    reconciler: Reconciler,
    life: Life,
    parts: PeopleParts,
    outside: Outside,
) -> tuple[Founding, ApprovalClicks]:
    kinds = reconciler.house.kinds
    approval = ApprovalLetters(parts.letters, parts.admins, kinds, outside.public_url)
    founding = Founding(
        creation=creation,
        drafts=DraftStore(database=trays.database),
        groups=groups,
        members=members,
        reconciler=reconciler,
        split=life.splitting.finish,
        waits=approval.ask,
        decided=approval.tell,
    )
    return founding, ApprovalClicks(bot=trays.bot, founding=founding, letters=approval)


def _file(groups: GroupStore, members: Members, reconciler: Reconciler, *, key: bytes) -> GroupFile:
    house = reconciler.house
    return GroupFile(
        applying=Applying(kinds=house.kinds, server_name=house.via, key=key),
        groups=groups,
        members=members,
        reconciler=reconciler,
        server_name=house.via,
    )


def _passes(
    trays: Trays,
    parts: PeopleParts,
    groups: GroupStore,
    people: PeopleStore,
    reconciler: Reconciler,
    members: Members,
    life: Life,
) -> Passes:
    house, words = reconciler.house, phrases(reconciler.house.language)
    arrivals = Arrivals(bot=trays.bot, members=members, administration=parts.administration)
    farewell = life.farewell
    alignment = Alignment(
        bot=trays.bot,
        members=members,
        brought=BroughtMembers(database=trays.database),
        arrivals=arrivals,
        farewell=farewell,
        legacy=Legacy(
            reconciler=reconciler,
            directory=Directory(bot=trays.bot, groups=groups),
            letters=parts.letters,
            admins=parts.admins,
        ),
        kinds=house.kinds,
        spared=frozenset(house.creators),
        words=words,
    )
    return Passes(
        groups=groups,
        people=people,
        reconciler=reconciler,
        alignment=alignment,
        organization=Organization(
            bot=trays.bot,
            reconciler=reconciler,
            arrivals=arrivals,
            farewell=farewell,
            words=words,
        ),
        chores=(life.charters.keep, life.reminders.look),
    )


def _upkeep(
    trays: Trays, people: PeopleStore, parts: PeopleParts, passes: Passes, inviting: Inviting
) -> Upkeep | None:
    if parts.source is None or parts.settings is None:
        return None
    return Upkeep(
        source=parts.source,
        settings=parts.settings,
        people=people,
        readings=Readings(database=trays.database),
        alarm=Alarm(letters=parts.letters, admins=parts.admins),
        moved=passes.ask,
        leaving=inviting.desk.taking_back,
    )
