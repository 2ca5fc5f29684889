"""What became of each connection's calls and messages since the program began, as it happens.

Counted by the connection's id, which is a secret; who shows a figure names it by its short name.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from bridges.row_keys import connection_of

_MOST_REASONS = 20
_SAYABLE = re.compile(r"[\w .:*-]{1,60}\Z")
_OTHER = "other"


@dataclass
class Tally:
    """The counters; those with a reason by connection and reason."""

    received: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    ignored: Counter[tuple[str, str]] = field(default_factory=Counter)
    _reasons: dict[str, set[str]] = field(default_factory=dict)

    def ignore(self, connection: str, reason: str) -> None:
        """Count a call that says nothing; of what its sender may write, a few reasons are told apart."""
        known = self._reasons.setdefault(connection, set())
        if reason not in known and (len(known) >= _MOST_REASONS or not _SAYABLE.match(reason)):
            reason = _OTHER
        known.add(reason)
        self.ignored[connection, reason] += 1

    def send(self, key: str, outcome: str) -> None:
        """Count a try to send the outbox row *key*, if it is a connection's."""
        if connection := connection_of(key):
            (self.sent if outcome == "sent" else self.retried)[connection] += 1
