"""What the figures ask of the ledger of calls, by connection; its partial indexes answer."""

from collections.abc import Mapping

import sqlalchemy as sa

from appservice.database import Database
from bridges.deliveries import DeliveryState
from bridges.store import deliveries_table

_columns = deliveries_table.c


async def parked(database: Database) -> Mapping[str, int]:
    """Return how many calls were put aside."""
    return await _counted(database, sa.func.count(), _in(DeliveryState.PARKED))


async def repeated(database: Database) -> Mapping[str, int]:
    """Return how often calls of the last 30 days came again."""
    often = _columns.repeats > sa.literal_column("0")
    return await _counted(database, sa.func.sum(_columns.repeats), often)


async def oldest_waiting(database: Database) -> Mapping[str, int]:
    """Return when the oldest call came that waits for its turn, in milliseconds since 1970."""
    return await _counted(database, sa.func.min(_columns.received), _in(DeliveryState.WAITING))


async def _counted(
    database: Database, value: sa.ColumnElement[int], which: sa.ColumnElement[bool]
) -> Mapping[str, int]:
    rows = await database.read(
        sa.select(_columns.connection, value.label("value"))
        .where(which)
        .group_by(_columns.connection)
    )
    return {row.connection: int(row.value) for row in rows}


def _in(state: DeliveryState) -> sa.ColumnElement[bool]:
    return _columns.state == sa.literal_column(str(state.value))
