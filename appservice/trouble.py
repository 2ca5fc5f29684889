"""What had to be put aside so that the rest goes on; whoever puts it aside says so."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias


class Trouble(StrEnum):
    """The kinds that admins are told of."""

    EVENT = "event"
    """A part of the house failed on an event."""
    DELIVERY = "delivery"
    """An app's call could not be read."""
    SOURCE = "source"
    """A source that is asked is gone for good."""
    SEND = "send"
    """The homeserver refused something of the bot's for good."""
    MAILBOX = "mailbox"
    """The mailbox for letters does not let us in."""
    TOMBSTONE = "tombstone"
    """Somebody else said that a room of ours goes on elsewhere."""


Report: TypeAlias = Callable[[Trouble, str], None]
"""Takes the kind and a line for the log; never waits, never raises."""
