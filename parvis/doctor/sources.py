"""Whether apps still call: connections that are silent, or whose webhook its app switched off.

A group may be secret, so a connection is named as it names itself, without its group.
"""

import time
from collections.abc import AsyncIterator

from appservice.database import Database
from appservice.languages import N_, phrases
from appservice.outgoing import Outgoing
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.actions import Webhook
from bridges.base import App
from bridges.connection import Connection, Connections, ConnectionState
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.health import ago
from bridges.sides import Sides
from bridges.silence import longest_pause
from parvis.config import Config
from parvis.doctor.findings import Finding, Pen


async def source_findings(config: Config, pen: Pen, vault: Vault) -> AsyncIterator[Finding]:
    """Yield a finding for each connection with which something is wrong, or that none has."""
    database = await Database.open(config.database_url)
    outgoing = Outgoing(config.outgoing.settings())
    try:
        connections = Connections(database=database, vault=vault)
        examiner = _Examiner(config, pen, vault, database, outgoing)
        wrong = 0
        every = await connections.all()
        for connection in every:
            if finding := await examiner.finding(connection):
                wrong += 1
                yield finding
        if every and not wrong:
            yield pen.fine(N_("connections: {number}"), number=len(every))
    finally:
        await outgoing.close()
        await database.close()


class _Examiner:
    """Looks at one connection after the other."""

    def __init__(
        self, config: Config, pen: Pen, vault: Vault, database: Database, outgoing: Outgoing
    ) -> None:
        self._pen = pen
        self._words = phrases(config.organization.language)
        self._apps = apps()
        self._page = f"{config.web.public_url}/connections"
        self._deliveries = Deliveries(database=database)
        self._sides = Sides(
            apps=self._apps,
            deliveries=self._deliveries,
            accounts=Accounts(database=database, vault=vault),
            caller=outgoing,
            address_of=lambda identifier: f"{config.hooks_url}/hooks/{identifier}",
        )

    async def finding(self, connection: Connection) -> Finding | None:
        """Return what is wrong with a connection in use, or None."""
        app = self._apps.get(connection.app)
        if app is None or connection.state is not ConnectionState.ACTIVE:
            return None
        webhook = await self._sides.of(connection)
        if isinstance(webhook, Webhook) and not webhook.works:
            what = N_("{app} does not call {name} any more: {why}")
            return self._warning(what, connection, app, why=self._words(webhook.why))
        last = connection.last_delivery or 0
        pause = longest_pause(await self._deliveries.times(connection.id))
        if pause is None or time.time() * 1000 - last <= pause:
            return None
        what = N_("{name} is silent, which is unlike it: {app} called last {when}")
        return self._warning(what, connection, app, when=ago(last, self._words))

    def _warning(self, what: str, connection: Connection, app: App, **values: str) -> Finding:
        remedy = N_("{hint} Its page: {page}")
        hint = self._words(app.when_silent) or self._words(N_("Look there whether it still calls."))
        page = f"{self._page}/{connection.page}"
        return self._pen.warning(
            what, remedy, app=app.name, name=connection.short, hint=hint, page=page, **values
        )
