"""The way back as a whole."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from appservice.floor import Trays
from appservice.ids import UserId
from appservice.languages import Phrases
from bridges.acting.accounts import Accounts
from bridges.acting.calling import Caller
from bridges.acting.carrier import Carrier
from bridges.acting.hearing import ThreadEar
from bridges.acting.rights import MayManage
from bridges.acting.tray import ActionTray
from bridges.base import App
from bridges.casebook import Casebook
from bridges.connection import Connections


@dataclass(frozen=True)
class Reach:
    """What the way back needs of others: who calls, who is an owner, where pages stand.

    *pause*: seconds before a source is called again.
    """

    caller: Caller
    may_manage: MayManage
    pages_url: str = ""
    pause: float = 2.0


@dataclass(frozen=True)
class Acting:
    """The way back: who writes, what waits, and who carries it."""

    accounts: Accounts
    tray: ActionTray
    ear: ThreadEar
    carrier: Carrier
    reach: Reach
    name_of: Callable[[UserId], Awaitable[str]]
    """Returns how somebody is called."""


def build_acting(  # noqa: PLR0913 - what it stands on
    trays: Trays,
    reach: Reach,
    *,
    apps: Mapping[str, App],
    connections: Connections,
    casebook: Casebook,
    accounts: Accounts,
    tray: ActionTray,
    words: Phrases,
    answered: Callable[[], None],
) -> Acting:
    """Return the way back; its carrier is still to be started."""

    async def name_of(user_id: UserId) -> str:
        return (await trays.bot.profile(user_id)).name

    carrier = Carrier(
        apps=apps,
        connections=connections,
        accounts=accounts,
        casebook=casebook,
        tray=tray,
        outbox=trays.outbox,
        caller=reach.caller,
        words=words,
        pages_url=reach.pages_url,
        answered=answered,
        pause=reach.pause,
    )
    ear = ThreadEar(
        bot=trays.bot.user_id,
        apps=apps,
        connections=connections,
        accounts=accounts,
        casebook=casebook,
        tray=tray,
        outbox=trays.outbox,
        words=words,
        may_manage=reach.may_manage,
        name_of=name_of,
        event_of=trays.bot.event,
        wake=carrier.wake,
    )
    return Acting(accounts, tray, ear, carrier, reach, name_of)
