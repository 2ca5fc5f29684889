"""The bot's account: registered, with a device of its own, so that a repeated send is one event.

Synapse forgets an appservice's transaction ids when it restarts, unless the call names a user and
a device (engineering.md 0.2); such a device is made with the as_token alone (spec v1.17).
"""

import secrets

import sqlalchemy as sa
import structlog

from appservice.account import Account
from appservice.database import KEPT, Change, Database, insert_new, metadata
from appservice.errors import ConfigError, HomeserverError
from appservice.homeserver import Homeserver, Identity, segment
from appservice.ids import DeviceId, UserId, localpart

_OTHER = (
    "the bot would be {bot}, but groups and cards here are those of {known}, and only it can change them. "
    "Let bot_localpart and homeserver.server_name make {known} again (its name that people see may be any "
    "other), or begin anew with an empty database"
)
_DEVICE = DeviceId("PARVIS")

log = structlog.get_logger(__name__)

installation_table = sa.Table(
    "installation",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    info=KEPT,
)


def bot_account(homeserver: Homeserver, *, user_id: UserId, as_token: str) -> Account:
    """Return the bot's calls; `register` must have run once before they work."""
    identity = Identity(user_id, _DEVICE, as_token, masquerade=True)
    return Account(homeserver.as_account(identity))


async def register(homeserver: Homeserver, *, user_id: UserId, as_token: str, name: str) -> None:
    """Make the account, its device and its display name, as far as they are missing."""
    bare = homeserver.as_account(Identity(user_id, _DEVICE, as_token))
    body = {
        "type": "m.login.application_service",
        "username": localpart(user_id),
        "inhibit_login": True,
    }
    try:
        await bare.call("POST", "/register", body)
    except HomeserverError as error:
        if error.errcode != "M_USER_IN_USE":
            raise
    # Naming the device in the query before it exists would be refused.
    device = f"/devices/{segment(_DEVICE)}"
    await bare.call("PUT", device, {"display_name": "Parvis"}, query={"user_id": user_id})
    account = bot_account(homeserver, user_id=user_id, as_token=as_token)
    if (await account.profile(user_id)).name != name:
        await account.set_profile(name=name)


async def ping(homeserver: Homeserver, *, user_id: UserId, as_token: str, appservice: str) -> int:
    """Ask the homeserver to call us; return the milliseconds that it took.

    A good ping also ends Synapse's back-off at once.
    """
    bare = homeserver.as_account(Identity(user_id, _DEVICE, as_token))
    path = f"/_matrix/client/v1/appservice/{segment(appservice)}/ping"
    answer = await bare.call("POST", path, {"transaction_id": secrets.token_urlsafe(8)})
    return answer.number("duration_ms") or 0


async def instance(database: Database) -> str:
    """Return this database's own word, which makes its txn ids differ from all others'."""
    await _keep(database, "instance", "p" + secrets.token_hex(5))
    return await _kept(database, "instance")


async def stays(database: Database, user_id: UserId) -> None:
    """Raise ConfigError if the bot was another account before; the first is kept for all time.

    Rooms are the first one's, and its cards: an edit by anybody else is none (Client-Server API,
    "Event replacements").
    """
    await _keep(database, "bot", user_id)
    known = await known_as(database)
    if known != user_id:
        raise ConfigError("appservice.bot_localpart", _OTHER.format(bot=user_id, known=known))


async def known_as(database: Database) -> UserId | None:
    """Return the account that the bot has been so far, or None before the first start."""
    known = await _kept(database, "bot")
    return UserId(known) if known else None


async def _keep(database: Database, name: str, value: str) -> None:
    await database.write(Change(insert_new(installation_table), ({"name": name, "value": value},)))


async def _kept(database: Database, name: str) -> str:
    rows = await database.read(
        sa.select(installation_table.c.value).where(installation_table.c.name == name)
    )
    return str(rows[0].value) if rows else ""
