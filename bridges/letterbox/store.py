"""Up to where each mailbox was read. Kept: nothing else could say it."""

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, metadata, upsert

mailboxes_table = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("mailbox", sa.Text, primary_key=True),
    sa.Column("validity", sa.BigInteger, nullable=False),
    sa.Column("next_uid", sa.BigInteger, nullable=False),
    info=KEPT,
)


class Bookmark:
    """How far one mailbox was read."""

    def __init__(self, *, database: Database, mailbox: str) -> None:
        self._database = database
        self._mailbox = mailbox

    async def next_uid(self, validity: int) -> int:
        """Return the first number that was not read.

        Numbers hold for one *validity* alone (RFC 9051, 2.3.1.1): in another all is to be read again,
        and what was told before is known again by itself.
        """
        columns = mailboxes_table.c
        rows = await self._database.read(
            sa.select(columns.validity, columns.next_uid).where(columns.mailbox == self._mailbox)
        )
        return int(rows[0].next_uid) if rows and rows[0].validity == validity else 1

    async def put(self, validity: int, next_uid: int) -> None:
        """Remember that everything before *next_uid* was read."""
        row = {"mailbox": self._mailbox, "validity": validity, "next_uid": next_uid}
        await self._database.write(Change(_put, (row,)))


_put = upsert(mailboxes_table, "mailbox", only=("validity", "next_uid"))
