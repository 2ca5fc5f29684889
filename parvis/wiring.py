"""Builds every object of the running program once, in order, and ends them in reverse."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web

from appservice.background import Background
from appservice.commands.runner import CommandRunner
from appservice.database import holds_locked
from appservice.dispatch import Subscriber
from appservice.floor import FloorSettings, Machinery, Trays, open_trays
from appservice.formatting import Formatting
from appservice.ids import RoomId, UserId
from appservice.languages import Language, Phrases, phrases
from appservice.outgoing import Outgoing
from appservice.transactions import LARGEST_PUSH
from appservice.vault import Vault
from bridges.acting.declared import DeclaredAccounts
from bridges.acting.house import Reach
from bridges.declaring import Declaring
from bridges.house import Bridges, build_bridges
from bridges.pipeline import Pace
from bridges.rooms import Rooms
from feed.contracts import Clock
from feed.house import Feed
from feed.live import Live
from feed.receipts import Receipts
from feed.sessions import Sessions
from feed.site import Site, SiteParts
from feed.uploads import Uploads
from feed.writes import Writes
from parvis.chores import begin_chores, greet, keep_up, look_out
from parvis.command_forms import Forms
from parvis.commands import build_commands
from parvis.config import Config
from parvis.control import Job, answering
from parvis.directory import administration_of, people_parts, scim_routes
from parvis.draft_slips import Drafts
from parvis.folder import locked, secrets_key
from parvis.front import Front, build_front
from parvis.inviting import InvitingPages
from parvis.jobs import jobs
from parvis.mailing import Mailing, build_mailing
from parvis.meaning import Meanings
from parvis.metrics import Figures
from parvis.rendering import render_reply
from parvis.server import application, health_routes, listening
from parvis.watching import build_watch
from parvis.web import (
    AS_USUAL,
    GroupMembership,
    PageOptions,
    Sheets,
    page_routes,
    site_settings,
)
from parvis.whole_file import WholeFile
from spaces.house import Spaces, build_spaces
from spaces.life import Outside
from spaces.rooms import House


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


@asynccontextmanager
async def open_app(
    config: Config, *, options: PageOptions = AS_USUAL, keeps_up: bool = True
) -> AsyncIterator[App]:
    """Open everything, serve, and greet the homeserver; leaving it ends all in order.

    *keeps_up*: read the directory without being asked; a command may only want to rehearse that.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(config.folder))
        trays = await stack.enter_async_context(open_trays(_floor_settings(config)))
        secret = secrets_key(config.folder, needed=await holds_locked(trays.database))
        vault = Vault([secret])
        machinery: Machinery
        # What was said before the bot was invited is nobody's command, however much it is.
        front = build_front(
            config, trays, lambda room_id: machinery.backfill.walk(room_id, pages=1)
        )
        feed = _build_feed(config, trays)
        stale = await feed.open()
        mailing = build_mailing(config, trays.database, vault, clock=options.clock)
        spaces = _build_spaces(
            config, trays, front, feed, mailing, secret=secret, clock=options.clock
        )
        bridges = _build_bridges(config, trays, front, spaces, vault, _outgoing(config, stack))
        sessions = _build_sessions(trays, vault, believed=options.believed)
        trays.homeserver.reachability.on_change(feed.live.tell_everybody)
        formatting = Formatting()
        stack.push_async_callback(formatting.close)
        runner = build_commands(config, trays, front, spaces, bridges, feed.inquiries)
        figures = Figures(trays=trays, bridges=bridges, live=feed.live)
        machinery = Machinery(
            trays=trays,
            subscribers=_subscribers(front, feed, spaces, bridges, runner, figures),
            people=sessions,
            report=front.reports.note,
            watch=figures.sent,
        )
        parts = _site_parts(config, trays, feed, spaces, bridges, sessions, formatting, runner)
        site = Site(settings=site_settings(config, secret=secret, options=options), parts=parts)
        ready: list[bool] = []
        scim = scim_routes(config, trays, spaces.upkeep)
        served = _applications(config, machinery, bridges, page_routes(site), scim, figures, ready)
        await stack.enter_async_context(_open_doors(served, bridges, feed.live))
        await stack.enter_async_context(machinery.running())
        for part in (runner, front.reports, bridges.pipeline, bridges.puller, parts.receipts):
            part.start()
            stack.push_async_callback(part.close)
        background = Background()
        stack.push_async_callback(background.close)
        background.start("greeting", lambda: greet(config, machinery, spaces, feed, stale=stale))
        if keeps_up and (upkeep := spaces.upkeep):
            background.start("directory", lambda: keep_up(machinery, upkeep))
            background.start("accounts", lambda: look_out(machinery, spaces))
        watch = build_watch(config, trays, front.doorkeeper, spaces, bridges)
        begin_chores(background, front, sessions, spaces, bridges, mailing, watch)
        tasks = _jobs(config, trays, spaces, bridges, feed)
        await stack.enter_async_context(answering(config.folder, tasks))
        ready.append(True)
        yield App(config, trays, machinery, spaces, bridges, runner, feed, figures, served)
        ready.clear()


@asynccontextmanager
async def _open_doors(
    served: Mapping[str, web.Application], bridges: Bridges, live: Live
) -> AsyncIterator[None]:
    """Answer outside; at the end open pages first, which would listen on."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(served))
        if bridges.letterbox:
            await stack.enter_async_context(bridges.letterbox.open())
        stack.callback(live.close)
        yield


def _build_feed(config: Config, trays: Trays) -> Feed:
    return Feed(
        database=trays.database,
        bot=trays.bot,
        creators=_creators(config, trays),
        arrivals=trays.inbox,
        language=config.organization.language,
    )


def _build_spaces(
    config: Config,
    trays: Trays,
    front: Front,
    feed: Feed,
    mailing: Mailing,
    *,
    secret: str,
    clock: Clock,
) -> Spaces:
    return build_spaces(
        trays,
        _house(config, trays),
        creation=config.groups.creation,
        key=hashlib.sha256(b"groups:" + secret.encode()).digest(),
        parts=people_parts(config, trays, front.doorkeeper, mailing),
        outside=Outside(
            take_in=feed.take_in,
            report=front.reports.note,
            render=render_reply,
            inquiries=feed.inquiries,
            public_url=config.web.public_url,
            clock=clock,
        ),
    )


def _jobs(
    config: Config, trays: Trays, spaces: Spaces, bridges: Bridges, feed: Feed
) -> Mapping[str, Job]:
    declaring = Declaring(
        apps=bridges.apps,
        connections=bridges.connections,
        outbox=trays.outbox,
        pulling=bridges.pulling,
        maker=trays.bot.user_id,
        takes_letters=bridges.letterbox is not None,
        mapper=bridges.mapper,
    )
    accounts = DeclaredAccounts(
        apps=bridges.apps,
        accounts=bridges.acting.accounts,
        caller=bridges.acting.reach.caller,
        giver=trays.bot.user_id,
    )
    whole = WholeFile(
        groups=spaces.file,
        declaring=declaring,
        accounts=accounts,
        bridges=bridges,
        urls=(config.web.public_url, config.hooks_url),
    )
    return jobs(trays, spaces, feed, whole, phrases(config.organization.language))


def _outgoing(config: Config, stack: AsyncExitStack) -> Outgoing:
    outgoing = Outgoing(config.outgoing.settings())
    stack.push_async_callback(outgoing.close)
    return outgoing


def _build_bridges(
    config: Config,
    trays: Trays,
    front: Front,
    spaces: Spaces,
    vault: Vault,
    outgoing: Outgoing,
) -> Bridges:
    lent = administration_of(config, trays)
    return build_bridges(
        trays,
        vault=vault,
        words=phrases(config.organization.language),
        public_url=config.hooks_url,
        report=front.reports.note,
        rooms=Rooms(
            words=lambda room_id: _words_in(spaces, room_id, config.organization.language),
            shared=lambda room_id: _is_shared(spaces, room_id),
        ),
        reach=Reach(outgoing, spaces.directory.may_manage, config.web.public_url),
        pace=Pace(zone=ZoneInfo(config.organization.time_zone)),
        letters=config.incoming_mail.settings(config.folder / "letters"),
        delete_file=lent.delete_file if lent else None,
    )


def _build_sessions(trays: Trays, vault: Vault, *, believed: float) -> Sessions:
    return Sessions(
        database=trays.database, homeserver=trays.homeserver, vault=vault, believed=believed
    )


def _subscribers(
    front: Front,
    feed: Feed,
    spaces: Spaces,
    bridges: Bridges,
    runner: CommandRunner,
    figures: Figures,
) -> Sequence[Subscriber]:
    """Return who hears of events, in this order."""
    return (
        spaces.held,  # Before the feed, which must not show what it holds back.
        feed,
        spaces.members,
        spaces.drifting,
        *([spaces.passes] if spaces.upkeep else []),
        *spaces.life.subscribers,
        spaces.clicks,
        spaces.inviting.lookout,
        front.doorkeeper,
        runner,
        bridges.pipeline,
        bridges.acting.ear,  # After it: a card must be known before what is said below it.
        figures,
    )


def _site_parts(
    config: Config,
    trays: Trays,
    feed: Feed,
    spaces: Spaces,
    bridges: Bridges,
    sessions: Sessions,
    formatting: Formatting,
    runner: CommandRunner,
) -> SiteParts:
    return SiteParts(
        feed=feed,
        sessions=sessions,
        writes=Writes(outbox=trays.outbox, formatting=formatting, live=feed.live),
        membership=GroupMembership(
            sessions=sessions,
            groups=spaces.groups,
            welcome=spaces.welcome,
            door=spaces.inviting.door,
        ),
        sheets=Sheets(
            bridges=bridges,
            directory=spaces.directory,
            groups=spaces.groups,
            hooks_url=config.hooks_url,
        ),
        reachability=trays.homeserver.reachability,
        receipts=Receipts(people=sessions),
        uploads=Uploads(sessions=sessions, most=config.web.largest_file_mb * 1_000_000),
        commands=Forms(
            runner=runner,
            directory=spaces.directory,
            kinds=spaces.reconciler.house.kinds,
            drafts=Drafts(spaces.founding, spaces.reconciler.house.kinds),
        ),
        invitations=InvitingPages(spaces.inviting),
        meaning=Meanings(people=spaces.people),
    )


async def _words_in(spaces: Spaces, room_id: RoomId, usual: Language) -> Phrases:
    """Return the language of the group that a room belongs to, or else the *usual* one."""
    group = await spaces.groups.by_room(room_id)
    chosen = group.declaration.language if group else ""
    return phrases(Language(chosen) if chosen in set(Language) else usual)


async def _is_shared(spaces: Spaces, room_id: RoomId) -> bool:
    """Tell whether partners read a room; of one that belongs to no group we cannot know."""
    group = await spaces.groups.by_room(room_id)
    return group is None or bool(group.declaration.partners)


def _creators(config: Config, trays: Trays) -> frozenset[UserId]:
    """Return the accounts whose rooms are the organization's."""
    return frozenset({trays.bot.user_id} | ({config.co_creator} if config.co_creator else set()))


def _house(config: Config, trays: Trays) -> House:
    return House(
        name=config.organization.name,
        version=config.homeserver.room_version,
        bot=trays.bot.user_id,
        co_creator=config.co_creator,
        via=config.homeserver.server_name,
        language=config.organization.language,
        kinds=config.kinds_of_groups,
    )


def _floor_settings(config: Config) -> FloorSettings:
    return FloorSettings(config.database_url, config.homeserver.url, config.registration)


def _applications(
    config: Config,
    machinery: Machinery,
    bridges: Bridges,
    pages: Sequence[web.RouteDef],
    scim: Sequence[web.RouteDef],
    figures: Figures,
    ready: Sequence[bool],
) -> Mapping[str, web.Application]:
    """Return what is served where; pages, hooks and SCIM may share one address."""
    public: dict[str, list[web.RouteDef]] = {config.web.listen: [*health_routes(ready)]}
    doors = [*bridges.self_check.routes(), *bridges.ingress.routes()]
    public.setdefault(config.hooks.listen, []).extend(doors)
    if scim:
        public.setdefault(config.directory.scim.listen or config.web.listen, []).extend(scim)
    public[config.web.listen] += pages  # Last: they have a page for whatever is left.
    timing = [figures.timing()]
    return {
        config.appservice.listen: application(
            machinery.transactions.routes(), largest_body=LARGEST_PUSH
        ),
        **{
            place: application(routes, middlewares=timing, public_url=config.web.public_url)
            for place, routes in public.items()
        },
        config.metrics.listen: application(figures.routes()),
    }
