"""The ground floor as a whole: the trays first, then what moves things through them.

open_trays -> Trays (database, homeserver, bot, inbox, outbox)
the rooms above build their subscribers on the trays
Machinery(trays, subscribers, people) -> running() -> handshake()
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from appservice import bot
from appservice.account import Account
from appservice.backfill import Backfill
from appservice.background import Background
from appservice.database import Database
from appservice.dispatch import Dispatch, Subscriber
from appservice.errors import HomeserverError
from appservice.homeserver import Homeserver
from appservice.inbox import Inbox
from appservice.migrations import migrate
from appservice.outbox import Outbox
from appservice.registration import Registration
from appservice.relay import Identities, Relay, Watch
from appservice.transactions import Transactions
from appservice.trouble import Report

_BETWEEN_TRIES = 2.0
_AFTER_REFUSAL = 0.3
_UNTIL_RECOVERED = (1.0, 10.0)
"""Seconds before each walk after the homeserver was called: a busy one takes its time."""
_NIGHTLY = 24 * 3600.0
_GREETED_WITHIN = 10.0
_APART = 10.0
"""Seconds between two handshakes at least, whatever a homeserver does that comes and goes."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FloorSettings:
    """What the ground floor must be told."""

    database_url: str
    homeserver_url: str
    registration: Registration
    bot_name: str = "Parvis"


@dataclass(frozen=True)
class Trays:
    """What everything else is built on."""

    settings: FloorSettings
    database: Database
    homeserver: Homeserver
    bot: Account
    inbox: Inbox
    outbox: Outbox
    instance: str


@asynccontextmanager
async def open_trays(settings: FloorSettings) -> AsyncIterator[Trays]:
    """Open the database, brought to the present schema, and the way to the homeserver."""
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url)
        stack.push_async_callback(database.close)
        await database.reach()
        await migrate(database)
        await bot.stays(database, settings.registration.bot)
        homeserver = Homeserver(base_url=settings.homeserver_url)
        stack.push_async_callback(homeserver.close)
        registration = settings.registration
        yield Trays(
            settings=settings,
            database=database,
            homeserver=homeserver,
            bot=bot.bot_account(
                homeserver, user_id=registration.bot, as_token=registration.as_token
            ),
            inbox=Inbox(database=database),
            outbox=Outbox(database=database),
            instance=await bot.instance(database),
        )


class Machinery:
    """What moves things through the trays."""

    def __init__(
        self,
        *,
        trays: Trays,
        subscribers: Sequence[Subscriber],
        people: Identities,
        report: Report,
        watch: Watch = lambda _outcome, _seconds, _key: None,
    ) -> None:
        """*report* is told what was put aside; *watch*, how each send ended."""
        self._trays = trays
        self._background = Background(pause=_BETWEEN_TRIES)
        self._back = asyncio.Event()
        """Set when the homeserver answers again after it did not."""
        self._called = asyncio.Event()
        """Set when the homeserver was made to send us what had piled up."""
        self.greeted = asyncio.Event()
        """Set once the homeserver has shaken hands: the bot exists, and calls arrive."""
        self.first_greeting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """How shaking hands went: empty, or what kept it for ten seconds."""
        self.backfill = Backfill(bot=trays.bot, inbox=trays.inbox, wake=self._wake)
        self.relay = Relay(
            outbox=trays.outbox,
            bot=trays.bot,
            people=people,
            instance=trays.instance,
            walk=self.backfill.walk,
            watch=watch,
            report=report,
        )
        trays.homeserver.reachability.on_change(self._come_and_go)
        self.dispatch = Dispatch(
            inbox=trays.inbox, subscribers=(self.relay, *subscribers), report=report
        )
        self.transactions = Transactions(
            hs_token=trays.settings.registration.hs_token, inbox=trays.inbox, wake=self._wake
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Dispatch, send, and greet the homeserver in the background, for as long as it lasts."""
        self.dispatch.start()
        self.relay.start()
        homeserver = self._trays.homeserver
        self._background.start("keep up", self._keep_up)
        self._background.start("watch", lambda: homeserver.reachability.watch(homeserver.ask))
        self._background.start("ask again", self._ask_again)
        self._background.start("walk again", self._walk_again)
        try:
            yield
        finally:
            await self._background.close()
            await self.relay.close()
            await self.dispatch.close()

    async def handshake(self) -> None:
        """Register the bot, have the homeserver call us, and catch up with what we missed."""
        registration = self._trays.settings.registration
        await bot.register(
            self._trays.homeserver,
            user_id=registration.bot,
            as_token=registration.as_token,
            name=self._trays.settings.bot_name,
        )
        # At a first start nothing of ours can be stuck, and the walk finds what is in the rooms.
        is_first = await self._trays.inbox.is_empty()
        if not is_first:
            self.transactions.refuse_one()
        await self._ping()
        if is_first:
            self._called.set()  # Later ones are called by the ping after the refusal.
        await self.backfill.walk_all()

    async def _ping(self) -> None:
        registration = self._trays.settings.registration
        await bot.ping(
            self._trays.homeserver,
            user_id=registration.bot,
            as_token=registration.as_token,
            appservice=registration.id,
        )

    async def _ask_again(self) -> None:
        """After the refusal, have the homeserver try at once: by itself it waits the longer, the
        longer we were away.
        """
        while True:
            await self.transactions.refused.wait()
            self.transactions.refused.clear()
            await asyncio.sleep(_AFTER_REFUSAL)
            try:
                await self._ping()
            except HomeserverError as error:
                log.info("the homeserver is not asked again", error=str(error))
            else:
                self._called.set()

    async def _walk_again(self) -> None:
        """Walk when the homeserver has sent what had piled up: a push that Synapse makes in the moment
        in which it calls us recovered is neither sent nor tried again (synapse/appservice/scheduler.py,
        on_recovered).
        """
        while True:
            await self._called.wait()
            self._called.clear()
            try:
                for pause in _UNTIL_RECOVERED:
                    await asyncio.sleep(pause)
                    await self.backfill.walk_all()
            except HomeserverError as error:
                log.info("rooms are not walked again", error=str(error))

    async def _keep_up(self) -> None:
        """Shake hands as soon as the homeserver answers, whenever it is back, and every night."""
        told, begun = "", asyncio.get_running_loop().time()
        while True:
            try:
                await self.handshake()
            except HomeserverError as error:
                # One refusal says little: a homeserver may still be calling who was here before.
                if asyncio.get_running_loop().time() - begun >= _GREETED_WITHIN:
                    self._first_greeting_was(str(error))
                if told != (told := str(error)):
                    log.warning(
                        "the homeserver does not answer as it should; parvis check tells why",
                        error=told,
                    )
                await asyncio.sleep(_BETWEEN_TRIES)
                continue
            told = ""
            log.info("the homeserver and Parvis reach each other", bot=self._trays.bot.user_id)
            self._first_greeting_was("")
            self.greeted.set()
            await self._until_due()

    async def _until_due(self) -> None:
        """Wait for the night, or until the homeserver is back: what it had not pushed yet when it
        ended is pushed no more.
        """
        self._back.clear()
        await asyncio.sleep(_APART)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._back.wait(), _NIGHTLY)

    def _first_greeting_was(self, why: str) -> None:
        if not self.first_greeting.done():
            self.first_greeting.set_result(why)

    def _wake(self) -> None:
        self.dispatch.wake()

    def _come_and_go(self) -> None:
        if not self._trays.homeserver.reachability.away:
            self._back.set()
            self.relay.hurry()
