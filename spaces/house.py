"""The spaces as a whole, built on the trays of the ground floor."""

from dataclasses import dataclass

from appservice.floor import Trays
from appservice.languages import phrases
from spaces.alignment import Alignment
from spaces.applying import Applying
from spaces.brought import BroughtMembers
from spaces.directory import Directory
from spaces.drafts import DraftStore
from spaces.founding import Creation, Founding
from spaces.groupfile import GroupFile
from spaces.holding import HeldPosts
from spaces.members import Members
from spaces.passes import Passes
from spaces.people_store import PeopleStore
from spaces.reconcile import Reconciler
from spaces.rooms import House
from spaces.store import GroupStore
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
    founding: Founding
    file: GroupFile
    held: HeldPosts


def build_spaces(trays: Trays, house: House, *, creation: Creation, key: bytes) -> Spaces:
    """Return the spaces of *house*; *key* makes what nobody may guess."""
    groups, people = GroupStore(database=trays.database), PeopleStore(database=trays.database)
    reconciler = Reconciler(bot=trays.bot, house=house, groups=groups)
    members = Members(bot=trays.bot, groups=groups, reconciler=reconciler)
    words = phrases(house.language)
    alignment = Alignment(
        bot=trays.bot,
        members=members,
        brought=BroughtMembers(database=trays.database),
        kinds=house.kinds,
        spared=frozenset(house.creators),
        words=words,
    )
    return Spaces(
        groups=groups,
        reconciler=reconciler,
        directory=Directory(bot=trays.bot, groups=groups),
        members=members,
        welcome=Welcome(bot=trays.bot, groups=groups, reconciler=reconciler),
        people=people,
        passes=Passes(groups=groups, people=people, reconciler=reconciler, alignment=alignment),
        founding=Founding(
            creation=creation,
            drafts=DraftStore(database=trays.database),
            groups=groups,
            members=members,
            reconciler=reconciler,
        ),
        file=GroupFile(
            applying=Applying(kinds=house.kinds, server_name=house.via, key=key),
            groups=groups,
            members=members,
            reconciler=reconciler,
            server_name=house.via,
        ),
        held=HeldPosts(bot=trays.bot, groups=groups, outbox=trays.outbox, words=words),
    )
