"""How the app's own side of a connection stands, where an account lets us ask: is its webhook on?"""

from collections.abc import Callable, Mapping

from bridges.acting.accounts import Accounts
from bridges.acting.calling import Caller, Later, carry_out
from bridges.actions import Webhook
from bridges.base import App
from bridges.connection import Connection, ConnectionState
from bridges.deliveries import Deliveries
from bridges.gaps import gap_of


class Sides:
    """Asks apps."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        deliveries: Deliveries,
        accounts: Accounts,
        caller: Caller,
        address_of: Callable[[str], str],
    ) -> None:
        """*address_of* returns what an app was told to call, by a connection's id."""
        self._apps = apps
        self._deliveries = deliveries
        self._accounts = accounts
        self._caller = caller
        self._address_of = address_of

    async def of(self, connection: Connection) -> Webhook | Later | None:
        """Return how an app's webhook stands; Later where the app is away, None where it cannot be known."""
        app, kept = self._apps.get(connection.app), await self._accounts.of(connection.id)
        ask = app.actions.webhook if app and app.actions else None
        if ask is None or kept is None or connection.state is not ConnectionState.ACTIVE:
            return None
        address = self._address_of(connection.id)
        gap = await gap_of(connection, kept, self._deliveries, address=address)
        if gap is None:
            return None
        end = await carry_out(self._caller, kept.account, ask(gap))
        return end if isinstance(end, Webhook | Later) else None
