"""From the settings to the tray of letters and what empties it."""

from dataclasses import dataclass

from appservice.database import Database
from appservice.mail.carrier import MailCarrier
from appservice.mail.tray import MailTray
from appservice.vault import Vault
from feed.contracts import Clock
from parvis.config import Config


@dataclass(frozen=True)
class Mailing:
    """How letters go out; without a mail server they cannot, and *carrier* is None."""

    tray: MailTray
    carrier: MailCarrier | None


def build_mailing(config: Config, database: Database, vault: Vault, *, clock: Clock) -> Mailing:
    """Return how letters go out."""
    tray = MailTray(database=database, vault=vault)
    settings = config.mail.settings(config.organization.name)
    carrier = MailCarrier(tray=tray, settings=settings, clock=clock) if settings else None
    return Mailing(tray, carrier)
