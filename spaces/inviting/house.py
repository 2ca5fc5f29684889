"""Inviting as a whole, built on the trays and on what is known of people."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from appservice.administration import Administration
from appservice.floor import Trays
from appservice.mail.tray import MailTray
from spaces.inviting.accounts import Accounts
from spaces.inviting.codes import Codes
from spaces.inviting.desk import Desk, InvitingSettings
from spaces.inviting.door import Door
from spaces.inviting.lookout import Lookout
from spaces.inviting.stores import Stores
from spaces.inviting.tickets import Tickets
from spaces.people_store import PeopleStore
from spaces.reconcile import Reconciler


@dataclass(frozen=True)
class InvitingParts:
    """What inviting needs besides: what is said, and how letters go out."""

    settings: InvitingSettings
    tray: MailTray
    posted: Callable[[], None] | None = None
    """Called when letters lie in the tray; None where none go out."""


@dataclass(frozen=True)
class Inviting:
    """The parts that others need to know."""

    desk: Desk
    door: Door
    lookout: Lookout


def build_inviting(
    trays: Trays,
    parts: InvitingParts,
    *,
    people: PeopleStore,
    reconciler: Reconciler,
    administration: Administration | None,
    key: bytes,
    clock: Callable[[], int],
) -> Inviting:
    """Return the inviter's desk, the newcomers' door, and what looks who has come."""
    accounts = Accounts(database=trays.database)
    stores = Stores(people, accounts, Tickets(database=trays.database), parts.tray)
    codes = Codes(key=hashlib.sha256(b"codes:" + key).digest())
    spared = frozenset(reconciler.house.creators)
    return Inviting(
        desk=Desk(
            settings=parts.settings,
            stores=stores,
            codes=codes,
            clock=clock,
            posted=parts.posted,
            spared=spared,
        ),
        door=Door(
            stores=stores,
            codes=codes,
            administration=administration,
            clock=clock,
            spared=spared,
        ),
        lookout=Lookout(
            bot=trays.bot,
            accounts=accounts,
            people=people,
            reconciler=reconciler,
            administration=administration,
            clock=clock,
        ),
    )
