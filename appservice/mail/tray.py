"""The tray of letters that go out by e-mail: a letter that lies here is sent once, or it is known why not.

    waiting --> handed --> sent          the mail server took it
       ^          |   `--> refused       it, or the address, is refused for good
       `--(4xx)---+   `--> doubtful      we ended, or the line was cut, before its answer
    waiting --> withdrawn

No mail server tells afterwards whether it took a letter (RFC 5321, 4.5.3.2.6), so a doubtful one is
never sent again by itself: nobody gets two. What it says is encrypted, and forgotten once it is gone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from appservice.database import KEPT, LOCKED, Change, Database, insert_new, metadata
from appservice.vault import Vault

mails_table = sa.Table(
    "mails",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("letter", sa.LargeBinary, nullable=False, info=LOCKED),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Index("mails_by_state", "state", "due"),
    info=KEPT,
)


class MailState(StrEnum):
    """How it stands with a letter."""

    WAITING = "waiting"
    HANDED = "handed"
    """Its text is on the way to the mail server, which has not answered."""
    SENT = "sent"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    """Nobody knows whether the mail server took it."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Mail:
    """A letter. *key* names it for all time; *until* (milliseconds since 1970) ends all tries."""

    key: str
    recipient: str
    subject: str
    text: str
    until: int

    @property
    def name(self) -> str:
        """Return the left half of its Message-ID, the same at each try."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Waiting:
    """A letter that is due, and how often it was tried."""

    mail: Mail
    tries: int


class MailTray:
    """The questions about letters."""

    def __init__(self, *, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def enqueue(self, *mails: Mail) -> Change:
        """Return what puts *mails* into the tray; those whose key lies there already are left alone."""
        return Change(_insert, tuple(self._row(mail) for mail in mails))

    def withdraw(self, *keys: str) -> Change:
        """Return what takes letters back that have not gone out."""
        return Change(_withdraw, tuple({"the_key": key} for key in keys))

    def forget(self, *, before: int) -> Change:
        """Return what forgets the letters whose tries had ended *before* a time."""
        return Change(sa.delete(mails_table).where(_c.until < before))

    async def states(self) -> Mapping[str, MailState]:
        """Return how it stands with every letter, by its key."""
        rows = await self._database.read(sa.select(_c.key, _c.state))
        return {row.key: MailState(row.state) for row in rows}

    async def due(self, now: int, *, limit: int) -> Sequence[Waiting]:
        """Return the letters that may be tried *now*, the oldest try first."""
        rows = await self._database.read(
            sa.select(mails_table)
            .where(_c.state == MailState.WAITING, _c.due <= now)
            .order_by(_c.due, _c.key)
            .limit(limit)
        )
        return [self._waiting(row) for row in rows]

    async def next_due(self) -> int | None:
        """Return when the next letter may be tried, or None where none waits."""
        rows = await self._database.read(
            sa.select(sa.func.min(_c.due)).where(_c.state == MailState.WAITING)
        )
        return None if rows[0][0] is None else int(rows[0][0])

    async def hand(self, key: str) -> bool:
        """Note that a letter's text goes out now; return False if it was withdrawn meanwhile."""

        async def work(connection: Any) -> bool:
            done = await connection.execute(_hand, {"the_key": key})
            return bool(done.rowcount)

        return await self._database.run(work)

    async def settle(self, key: str, state: MailState) -> None:
        """Note how it ended; what the letter said, and to whom, is forgotten."""
        await self._database.write(Change(_settle, ({"the_key": key, "now": state.value},)))

    async def put_off(self, key: str, *, due: int) -> None:
        """Have a letter tried again at *due*."""
        await self._database.write(Change(_put_off, ({"the_key": key, "then": due},)))

    async def doubt(self) -> None:
        """Note at the start that nobody knows what became of letters that were handed over."""
        await self._database.write(Change(_doubt))

    def _row(self, mail: Mail) -> dict[str, object]:
        letter = msgspec.json.encode({"subject": mail.subject, "text": mail.text}).decode()
        return {
            "key": mail.key,
            "recipient": mail.recipient,
            "letter": self._vault.lock(letter),
            "state": MailState.WAITING.value,
            "tries": 0,
            "due": 0,
            "until": mail.until,
        }

    def _waiting(self, row: Any) -> Waiting:
        letter = msgspec.json.decode(self._vault.open(bytes(row.letter)), type=dict[str, str])
        mail = Mail(row.key, row.recipient, letter["subject"], letter["text"], row.until)
        return Waiting(mail, row.tries)


_c = mails_table.c
_GONE = {"letter": b"", "recipient": ""}
_insert = insert_new(mails_table)
_one = sa.update(mails_table).where(_c.key == sa.bindparam("the_key"))
_hand = _one.where(_c.state == MailState.WAITING).values(state=MailState.HANDED.value)
_settle = _one.values(state=sa.bindparam("now"), **_GONE)
_withdraw = _one.where(_c.state == MailState.WAITING).values(
    state=MailState.WITHDRAWN.value, **_GONE
)
_put_off = _one.values(state=MailState.WAITING.value, tries=_c.tries + 1, due=sa.bindparam("then"))
_doubt = (
    sa.update(mails_table)
    .where(_c.state == MailState.HANDED)
    .values(state=MailState.DOUBTFUL.value, **_GONE)
)
