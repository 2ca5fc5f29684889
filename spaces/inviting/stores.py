"""The tables that inviting reads and writes."""

from dataclasses import dataclass

from appservice.mail.tray import MailTray
from spaces.inviting.accounts import Accounts
from spaces.inviting.tickets import Tickets
from spaces.people_store import PeopleStore


@dataclass(frozen=True)
class Stores:
    """The questions about people, their accounts, their codes and their letters."""

    people: PeopleStore
    accounts: Accounts
    tickets: Tickets
    tray: MailTray
