"""What an app is told where it is asked about its own side: the account, and the newest call."""

from appservice.payload import NotJson, Payload
from bridges.acting.accounts import Kept
from bridges.actions import Gap
from bridges.connection import Connection
from bridges.deliveries import Deliveries
from bridges.forms import json_of


async def gap_of(
    connection: Connection,
    kept: Kept,
    deliveries: Deliveries,
    *,
    since: str = "",
    address: str = "",
) -> Gap | None:
    """Return what is known of a connection's side; None before a call says where it belongs."""
    last = await deliveries.latest(connection.id)
    if last is None:
        return None
    try:
        newest = Payload.parse(json_of(last.headers.get("content-type", ""), last.body))
    except NotJson:
        return None
    return Gap(kept.account, newest, since, last.headers, address)
