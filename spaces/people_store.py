"""The people whom a directory told of, as rows: SCIM pushes them, so they are kept."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, metadata, upsert
from appservice.ids import UserId
from spaces.people import DirectoryPerson

people_table = sa.Table(
    "directory_people",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("staff", sa.Boolean, nullable=False),
    sa.Column("attributes", sa.JSON, nullable=False),
    info=KEPT,
)


class PeopleStore:
    """The questions about people."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[DirectoryPerson]:
        """Return everybody, also those who are no longer active, by account."""
        rows = await self._database.read(sa.select(people_table).order_by(people_table.c.user_id))
        return [_person(row) for row in rows]

    async def one(self, user_id: UserId) -> DirectoryPerson | None:
        """Return the person of an account, or None if no directory ever told of them."""
        rows = await self._database.read(
            sa.select(people_table).where(people_table.c.user_id == user_id)
        )
        return _person(rows[0]) if rows else None

    async def any(self) -> bool:
        """Tell whether a directory ever told of anybody."""
        return bool(await self._database.read(sa.select(people_table.c.user_id).limit(1)))

    async def take_over(
        self, source: str, people: Sequence[DirectoryPerson], *besides: Change
    ) -> None:
        """Store what the directory *source* tells: it is the only one, and it tells of everybody.

        Of those whom it tells of no more the account is all that stays, as not active. *besides* is
        done in the same commit.
        """
        known = {person.user_id: person for person in await self.all()}
        told = {person.user_id for person in people}
        gone = tuple({"gone": user_id} for user_id in known if user_id not in told)
        news = tuple(_row(source, one) for one in people if known.get(one.user_id) != one)
        changes = [Change(_forget, gone)] if gone else []
        if news:
            changes.append(Change(_upsert, news))
        if changes or besides:
            await self._database.write(*changes, *besides)


_forget = (
    sa.update(people_table)
    .where(people_table.c.user_id == sa.bindparam("gone"))
    .values(active=False, name="", email="", attributes={})
)
_upsert = upsert(people_table, "user_id")


def _person(row: sa.Row[Any]) -> DirectoryPerson:
    return DirectoryPerson(
        user_id=UserId(row.user_id),
        name=row.name,
        email=row.email,
        active=bool(row.active),
        staff=bool(row.staff),
        attributes={name: tuple(values) for name, values in row.attributes.items()},
    )


def _row(source: str, person: DirectoryPerson) -> dict[str, object]:
    return {
        "user_id": person.user_id,
        "source": source,
        "external_id": "",
        "name": person.name,
        "email": person.email,
        "active": person.active,
        "staff": person.staff,
        "attributes": {name: list(values) for name, values in person.attributes.items()},
    }
