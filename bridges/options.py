"""What an owner wants of one connection: which deliveries are told, and how much of them.

The lists hold globs: ``main``, ``release/*``; one that begins with ``!`` says what is left out. Where
at least one is without ``!``, only what fits such a one is told.
"""

from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from appservice.errors import ConfigError

EXCERPT, COMMENTS, LABELS = "excerpt", "comments", "labels"
"""What may stand among *fields* beside an app's own: its description, its talk, its labels."""

NOBODY, OWNERS, MEMBERS = "nobody", "owners", "members"
"""Who may act at the source, beside accounts that are named."""


class Mode(StrEnum):
    """How the cases of a connection are told."""

    CARD = "card"
    """One card that is edited to the present state, what happens in its thread."""
    THREAD = "thread"
    """One card that stays as it was opened, all that happens in its thread."""
    FLAT = "flat"
    """A post for each thing that happens."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The wishes for one connection; as they stand here, all that an app declares is told."""

    events: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    """Addresses that may write letters; without any, only the organization's own may."""
    bots: bool = True
    """Tell what other programs did."""
    internal: bool = False
    """Tell what is internal also where other servers read along."""
    confidential: bool = False
    """Tell what is confidential."""
    fields: tuple[str, ...] | None = None
    """The fields that may be shown and kept; None means all. Title, state and link always are."""
    mode: Mode = Mode.CARD
    replies: bool = False
    """What those who may act say in a card's thread becomes a comment at its source."""
    writers: tuple[str, ...] = ()
    """Who may act there: OWNERS or MEMBERS alone, or globs of accounts; nobody, if it is empty."""
    public_replies: bool = False
    """Such comments are answers for customers, where the app has notes for its own people."""
    quiet: tuple[str, ...] = ()
    """When nothing is told (quiet.py): it waits until that is over."""
    renew_days: int = 14
    """Days without news after which a loud change is a new card; 0: never."""
    urgent: tuple[str, ...] = ()
    """Globs of events that do not wait."""
    broadcast: tuple[str, ...] = ()
    """Globs of events whose loud changes are also said in the room itself (broadcasting.py)."""
    source: str = ""
    """What is asked, for an app that does not call: a feed's address."""
    name: str = ""
    """What a file, or what it was taken over from, calls the connection; it filters nothing."""

    mapping: str = ""
    """What an admin wrote so that calls of any form are understood (mapping/text.py)."""

    def allows(self, field: str) -> bool:
        """Tell whether what *field* holds may be shown and kept."""
        return self.fields is None or field in self.fields


AS_USUAL = Options()


def encode(options: Options) -> str:
    """Return *options* as stored."""
    return msgspec.json.encode(options).decode()


def decode(stored: str) -> Options:
    """Return stored options, or raise ConfigError naming what is wrong."""
    try:
        return msgspec.json.decode(stored, type=Options)
    except msgspec.DecodeError as error:
        raise ConfigError("options", str(error)) from error


def fits(value: str, globs: tuple[str, ...]) -> bool:
    """Tell whether *globs* let *value* pass; without any, everything passes."""
    if any(matches(value, glob[1:]) for glob in globs if glob.startswith("!")):
        return False
    wanted = [glob for glob in globs if not glob.startswith("!")]
    return not wanted or any(matches(value, glob) for glob in wanted)


def asks_for(value: str, globs: tuple[str, ...]) -> bool:
    """Tell whether *globs* name *value* expressly."""
    return any(not glob.startswith("!") for glob in globs) and fits(value, globs)


def matches(value: str, glob: str) -> bool:
    """Tell whether *value* is what *glob* means; a bracket is itself, as in ``renovate[bot]``."""
    return fnmatchcase(value, glob.replace("[", "[[]"))
