"""Builds every object of the running program once, in order, and ends them in reverse."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog
from aiohttp import web
from markdown import markdown

from appservice.account import Account
from appservice.commands.builtin import BUILTIN_REPLIES, builtin_commands
from appservice.commands.doorkeeper import Doorkeeper
from appservice.commands.replies import Replies
from appservice.commands.reports import Reports
from appservice.commands.requests import RequestStore
from appservice.commands.runner import CommandRunner
from appservice.errors import ConfigError, HomeserverError
from appservice.floor import FloorSettings, Machinery, Trays, open_trays
from appservice.formatting import Formatting
from appservice.ids import UserId, server_of
from appservice.languages import phrases
from appservice.transactions import LARGEST_PUSH
from appservice.vault import Vault
from bridges.commands import ConnectionCommands
from bridges.house import Bridges, build_bridges
from bridges.replies import REPLIES as BRIDGE_REPLIES
from feed.house import Feed
from feed.receipts import Receipts
from feed.sessions import Sessions
from feed.site import Site, SiteParts
from feed.uploads import Uploads
from feed.writes import Writes
from parvis.config import Config
from parvis.control import Job, Say, answering
from parvis.metrics import Figures
from parvis.server import application, health_routes, listening
from parvis.status import STATUS_REPLIES, StatusCommand
from parvis.web import (
    AS_USUAL,
    GroupMembership,
    PageOptions,
    Sheets,
    page_routes,
    site_settings,
)
from spaces.commands import GroupCommands
from spaces.directory import Directory
from spaces.members import Members
from spaces.reconcile import Reconciler
from spaces.replies import REPLIES as SPACE_REPLIES
from spaces.retire import Retirement
from spaces.rooms import House
from spaces.store import GroupStore
from spaces.welcome import Welcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Spaces:
    """The parts of spaces/ that others need to know."""

    groups: GroupStore
    reconciler: Reconciler
    directory: Directory
    members: Members
    welcome: Welcome


@dataclass(frozen=True)
class App:
    """The running program."""

    config: Config
    trays: Trays
    machinery: Machinery
    spaces: Spaces
    bridges: Bridges
    runner: CommandRunner
    feed: Feed
    figures: Figures
    served: Mapping[str, web.Application]
    """What answers, by address."""


class Standing:
    """Who belongs to the organization: members of the root space; the config's admins."""

    def __init__(self, *, bot: Account, reconciler: Reconciler, admins: Sequence[str]) -> None:
        self._bot = bot
        self._reconciler = reconciler
        self._admins = frozenset(admins)

    async def is_staff(self, user_id: UserId) -> bool:
        """Tell whether an account of our server is in the root space."""
        if server_of(user_id) != server_of(self._bot.user_id):
            return False
        return user_id in await self._bot.joined_members(await self._reconciler.root())

    def is_admin(self, user_id: UserId) -> bool:
        """Tell whether the config lists an account."""
        return user_id in self._admins


@asynccontextmanager
async def open_app(config: Config, *, options: PageOptions = AS_USUAL) -> AsyncIterator[App]:
    """Open everything, serve, and greet the homeserver; leaving it ends all in order."""
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(config.folder))
        trays = await stack.enter_async_context(open_trays(_floor_settings(config)))
        secret = _secrets_key(config.folder)
        vault = Vault([secret])
        spaces = _build_spaces(config, trays)
        words = phrases(config.organization.language)
        machinery: Machinery
        doorkeeper = Doorkeeper(
            bot=trays.bot,
            requests=RequestStore(database=trays.database),
            outbox=trays.outbox,
            # What was said before the bot was invited is nobody's command, however much it is.
            walk=lambda room_id: machinery.backfill.walk(room_id, pages=1),
        )
        reports = _build_reports(config, trays, doorkeeper)
        bridges = build_bridges(
            trays, vault=vault, words=words, public_url=config.hooks_url, report=reports.note
        )
        feed = Feed(
            database=trays.database,
            bot=trays.bot,
            creators=_creators(config, trays),
            arrivals=trays.inbox,
            language=config.organization.language,
        )
        stale = await feed.open()
        sessions = Sessions(
            database=trays.database,
            homeserver=trays.homeserver,
            vault=vault,
            believed=options.believed,
        )
        trays.homeserver.reachability.on_change(feed.live.tell_everybody)
        receipts = Receipts(people=sessions)
        formatting = Formatting()
        stack.push_async_callback(formatting.close)
        runner = _build_commands(config, trays, spaces, bridges)
        figures = Figures(trays=trays, deliveries=bridges.deliveries, live=feed.live)
        machinery = Machinery(
            trays=trays,
            subscribers=(feed, spaces.members, doorkeeper, runner, bridges.pipeline, figures),
            people=sessions,
            report=reports.note,
            watch=figures.sent,
        )
        site_parts = SiteParts(
            feed=feed,
            sessions=sessions,
            writes=Writes(outbox=trays.outbox, formatting=formatting, live=feed.live),
            membership=GroupMembership(
                sessions=sessions, groups=spaces.groups, welcome=spaces.welcome
            ),
            sheets=Sheets(
                bridges=bridges,
                directory=spaces.directory,
                groups=spaces.groups,
                hooks_url=config.hooks_url,
            ),
            reachability=trays.homeserver.reachability,
            receipts=receipts,
            uploads=Uploads(sessions=sessions, most=config.web.largest_file_mb * 1_000_000),
        )
        site = Site(
            settings=site_settings(config, secret=secret, options=options), parts=site_parts
        )
        ready: list[bool] = []
        served = _applications(config, machinery, bridges, page_routes(site), figures, ready)
        await stack.enter_async_context(listening(served))
        await stack.enter_async_context(machinery.running())
        for part in (runner, reports, bridges.pipeline, receipts):
            part.start()
            stack.push_async_callback(part.close)
        greeting = asyncio.create_task(_greet(config, spaces, feed, stale=stale), name="greeting")
        stack.push_async_callback(_cancelled, greeting)
        await stack.enter_async_context(
            answering(config.folder, _jobs(config, trays, spaces, feed))
        )
        ready.append(True)
        yield App(config, trays, machinery, spaces, bridges, runner, feed, figures, served)
        ready.clear()


def _jobs(config: Config, trays: Trays, spaces: Spaces, feed: Feed) -> Mapping[str, Job]:
    """Return what commands may ask of the running program."""

    async def rebuild(say: Say) -> None:
        await feed.rebuild(lambda done, total: say(f"{done} of {total} rooms"))

    async def retire(say: Say) -> None:
        words = phrases(config.organization.language)
        await spaces.reconciler.root()
        retirement = Retirement(bot=trays.bot, reconciler=spaces.reconciler)
        for line in (await retirement.report(words)).split("\n"):
            say(line)

    return {"rebuild": rebuild, "retire": retire}


def _creators(config: Config, trays: Trays) -> frozenset[UserId]:
    """Return the accounts whose rooms are the organization's."""
    return frozenset({trays.bot.user_id} | ({config.co_creator} if config.co_creator else set()))


def _floor_settings(config: Config) -> FloorSettings:
    return FloorSettings(config.database_url, config.homeserver.url, config.registration)


def _build_spaces(config: Config, trays: Trays) -> Spaces:
    house = House(
        name=config.organization.name,
        version=config.homeserver.room_version,
        bot=trays.bot.user_id,
        co_creator=config.co_creator,
        via=config.homeserver.server_name,
    )
    groups = GroupStore(database=trays.database)
    reconciler = Reconciler(bot=trays.bot, house=house, groups=groups)
    return Spaces(
        groups=groups,
        reconciler=reconciler,
        directory=Directory(bot=trays.bot, groups=groups),
        members=Members(bot=trays.bot, groups=groups, reconciler=reconciler),
        welcome=Welcome(bot=trays.bot, groups=groups, reconciler=reconciler),
    )


def _build_commands(
    config: Config, trays: Trays, spaces: Spaces, bridges: Bridges
) -> CommandRunner:
    requests = RequestStore(database=trays.database)
    group_commands = GroupCommands(
        directory=spaces.directory,
        groups=spaces.groups,
        members=spaces.members,
        reconciler=spaces.reconciler,
        server_name=config.homeserver.server_name,
    )
    connection_commands = ConnectionCommands(
        apps=bridges.apps,
        connections=bridges.connections,
        outbox=trays.outbox,
        rights=spaces.directory,
        public_url=config.web.public_url,
    )
    status = StatusCommand(trays=trays, deliveries=bridges.deliveries)
    commands = [*group_commands.table(), *connection_commands.table(), *status.table()]
    runner: CommandRunner

    builtin = builtin_commands(requests=requests, allowed=lambda admin: runner.allowed(admin=admin))
    runner = CommandRunner(
        bot=trays.bot.user_id,
        database=trays.database,
        requests=requests,
        outbox=trays.outbox,
        commands=[*builtin, *commands],
        replies=Replies(BUILTIN_REPLIES, SPACE_REPLIES, BRIDGE_REPLIES, STATUS_REPLIES),
        standing=Standing(bot=trays.bot, reconciler=spaces.reconciler, admins=config.admins),
        render=_render_reply,
        default_language=config.organization.language,
    )
    return runner


def _build_reports(config: Config, trays: Trays, doorkeeper: Doorkeeper) -> Reports:
    return Reports(
        admins=[UserId(admin) for admin in config.admins],
        outbox=trays.outbox,
        requests=RequestStore(database=trays.database),
        room_of=doorkeeper.plain_room,
        default_language=config.organization.language,
    )


async def _render_reply(text: str) -> str:
    """Return our own Markdown as HTML; what strangers wrote stands escaped in it."""
    return str(markdown(text))


async def _greet(config: Config, spaces: Spaces, feed: Feed, *, stale: bool) -> None:
    """Once the homeserver answers: make the root space, invite the admins, mend the feed."""
    while True:
        try:
            await spaces.welcome.invite_admins([UserId(admin) for admin in config.admins])
            if stale:
                await feed.rebuild(_log_progress)
        except HomeserverError as error:
            log.info("the root space waits for the homeserver", error=str(error))
            await asyncio.sleep(2)
        else:
            return


def _log_progress(done: int, total: int) -> None:
    log.info("the feed is built anew", rooms=done, of=total)


def _applications(
    config: Config,
    machinery: Machinery,
    bridges: Bridges,
    pages: Sequence[web.RouteDef],
    figures: Figures,
    ready: Sequence[bool],
) -> Mapping[str, web.Application]:
    """Return what is served where; pages and hooks may share one address."""
    hooks = bridges.ingress.routes()
    public = health_routes(ready)
    if config.hooks.listen == config.web.listen:
        public, hooks = [*public, *hooks], []
    served = {
        config.appservice.listen: application(
            machinery.transactions.routes(), largest_body=LARGEST_PUSH
        ),
        config.web.listen: application([*public, *pages], middlewares=[figures.timing()]),
        config.metrics.listen: application(figures.routes()),
    }
    if hooks:
        served[config.hooks.listen] = application(hooks, middlewares=[figures.timing()])
    return served


@contextmanager
def locked(folder: Path) -> Iterator[IO[str]]:
    """Hold the data folder for this process alone, or raise ConfigError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError("data_folder", "another Parvis is using it") from error
        yield lock


def _secrets_key(folder: Path) -> str:
    """Return the key of secrets at rest, made at the first start."""
    path = folder / "secrets.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(Vault.new_key())
    return path.read_text().strip()


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
