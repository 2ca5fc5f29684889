"""What the running program does by itself: it greets, keeps up, and cleans."""

import asyncio

import structlog

from appservice.background import Background
from appservice.errors import HomeserverError
from appservice.floor import Machinery
from appservice.ids import UserId
from bridges.house import Bridges
from bridges.watch import Watch
from feed.house import Feed
from feed.sessions import Sessions
from parvis.config import Config
from parvis.front import Front
from parvis.mailing import Mailing
from spaces.house import Spaces
from spaces.rosters.upkeep import Upkeep

_NIGHTLY = 24 * 3600.0
_HOURLY = 3600.0

log = structlog.get_logger(__name__)


def begin_chores(
    background: Background,
    front: Front,
    sessions: Sessions,
    spaces: Spaces,
    bridges: Bridges,
    mailing: Mailing,
    watch: Watch,
) -> None:
    """Start what is done for as long as the program runs."""
    desk = spaces.inviting.desk
    background.start("drifts", spaces.drifting.mend_for_ever)
    background.start("old codes", lambda: desk.forget_for_ever(every=_NIGHTLY))
    background.start("invitations", front.invitations.accept_for_ever)
    background.start("sessions", lambda: sessions.purge_for_ever(every=_NIGHTLY))
    if mailing.carrier:
        background.start("mail", mailing.carrier.carry_for_ever)
    background.start("acting", bridges.acting.carrier.carry_for_ever)
    background.start("forgetting", bridges.forgetting.finish_for_ever)
    background.start("missed calls", lambda: bridges.catching.look_for_ever(every=_HOURLY))
    background.start("silence", lambda: watch.look_for_ever(every=_HOURLY))
    background.start("purge", lambda: bridges.deliveries.purge_for_ever(every=_NIGHTLY))


async def greet(
    config: Config, machinery: Machinery, spaces: Spaces, feed: Feed, *, stale: bool
) -> None:
    """Once the homeserver answers: make the root space, invite the admins, mend the feed."""
    await machinery.greeted.wait()
    while True:
        try:
            await spaces.reconciler.catch_up()
            await spaces.welcome.invite_admins([UserId(admin) for admin in config.admins])
            if stale:
                await feed.rebuild(_log_progress)
        except HomeserverError as error:
            log.info("the root space waits for the homeserver", error=str(error))
            await asyncio.sleep(2)
        else:
            break
    await spaces.passes.run_for_ever(every=_NIGHTLY)


async def keep_up(machinery: Machinery, upkeep: Upkeep) -> None:
    """Read the directory as soon as the homeserver answers: whom it lost is told to the admins."""
    await machinery.greeted.wait()
    await upkeep.keep_for_ever()


async def look_out(machinery: Machinery, spaces: Spaces) -> None:
    """Look who has come, as soon as the homeserver answers."""
    await machinery.greeted.wait()
    await spaces.inviting.lookout.look_for_ever()


def _log_progress(done: int, total: int) -> None:
    log.info("the feed is built anew", rooms=done, of=total)
