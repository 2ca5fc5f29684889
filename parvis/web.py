"""The pages, wired: what feed/ needs from spaces/ and bridges/ reaches it through here."""

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from appservice.account import Account
from appservice.errors import Forbidden, HomeserverError, NotFound
from appservice.ids import RoomId
from appservice.languages import Phrases, phrases
from bridges.acting.setup import Given, set_up
from bridges.aside import MOST_LISTED
from bridges.auth import LetterAddress
from bridges.base import App
from bridges.connection import Connection, ConnectionState
from bridges.deliveries import ParkedDelivery
from bridges.health import (
    cause_said,
    health_of,
    parked_said,
    resting_said,
    state_said,
    withheld_said,
)
from bridges.house import Bridges
from bridges.option_words import server_of
from bridges.pulling.store import Standing
from bridges.schemes import others, scheme_of
from bridges.steering import options_of
from feed.contracts import (
    AccountAnswer,
    AccountSheet,
    Clock,
    ConnectionSheet,
    DemoPerson,
    ParkedCall,
    SiteSettings,
    SourceView,
)
from feed.model import KindView, Viewer
from feed.sessions import BELIEVED, Sessions
from feed.site import Site
from feed.views.account import AccountViews
from feed.views.connections import ConnectionViews
from feed.views.files import FileViews
from feed.views.inviting import InvitingViews
from feed.views.joining import JoiningViews
from feed.views.live import LiveViews
from feed.views.marking import MarkingViews
from feed.views.reading import ReadingViews
from feed.views.settings import SettingsViews
from feed.views.signing import SigningViews
from feed.views.welcome import WelcomeViews
from feed.views.writing import WritingViews
from parvis.addresses import address_of
from parvis.config import Config
from spaces.directory import Directory
from spaces.inviting.door import Door
from spaces.kinds import Joining, Kind
from spaces.model import Group
from spaces.store import GroupStore
from spaces.vocabulary import Part
from spaces.welcome import Welcome

_VIEWS = (
    SigningViews,
    ReadingViews,
    SettingsViews,
    WritingViews,
    JoiningViews,
    ConnectionViews,
    AccountViews,
    FileViews,
    LiveViews,
    MarkingViews,
    InvitingViews,
    WelcomeViews,
)


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return int(time.time() * 1000)


@dataclass(frozen=True)
class PageOptions:
    """What the config does not say: whom the sign-in page offers, what time it is, and for how many
    seconds a session stands without asking the homeserver.
    """

    demo: tuple[DemoPerson, ...] = ()
    clock: Clock = now
    believed: float = BELIEVED


AS_USUAL = PageOptions()


class GroupMembership:
    """Joins and leaves with a person's own token (feed.site.Membership)."""

    def __init__(
        self, *, sessions: Sessions, groups: GroupStore, welcome: Welcome, door: Door
    ) -> None:
        self._sessions = sessions
        self._groups = groups
        self._welcome = welcome
        self._door = door

    async def welcome(self, identity: str) -> None:
        """Bring who signed in into the organization; a failure must not keep them out."""
        try:
            account = await self._sessions.account(identity)
            await self._door.saw(account.user_id)
            await self._welcome.welcome(account)
        except HomeserverError:
            return

    async def join(self, identity: str, uuid: str) -> None:
        """Join the space first: its rooms are open to its members."""
        account, group = await self._both(identity, uuid)
        for room_id in group.rooms:
            await account.join(room_id)
        for part, room_id in group.declaration.former:
            if part is Part.POSTS:
                with suppress(Forbidden, NotFound):  # What was written before is worth a try.
                    await account.join(room_id)

    async def ask(self, identity: str, uuid: str) -> None:
        """Knock at the space."""
        account, group = await self._both(identity, uuid)
        await account.knock(group.space_id)

    async def leave(self, identity: str, uuid: str) -> None:
        """Leave the rooms, then the space."""
        account, group = await self._both(identity, uuid)
        for room_id in reversed(group.rooms):
            await _leave(account, room_id)

    async def _both(self, identity: str, uuid: str) -> tuple[Account, Group]:
        group = await self._groups.by_uuid(uuid)
        if group is None:
            raise NotFound(404, "M_NOT_FOUND", "no such group")
        return await self._sessions.account(identity), group


class Sheets:
    """Answers connection pages to owners (feed.site.ConnectionSheets)."""

    def __init__(
        self, *, bridges: Bridges, directory: Directory, groups: GroupStore, hooks_url: str
    ) -> None:
        self._bridges = bridges
        self._directory = directory
        self._groups = groups
        self._hooks_url = hooks_url

    async def sheet(
        self, page: str, viewer: Viewer, *, reveal: bool = False
    ) -> ConnectionSheet | None:
        """Return the sheet of a connection whose room the viewer manages, or None."""
        connection = await self._managed(page, viewer)
        app = self._bridges.apps.get(connection.app) if connection else None
        if connection is None or app is None:
            return None
        group = await self._groups.by_room(connection.room_id)
        url = address_of(connection, self._bridges, self._hooks_url)
        asks = app.makes_secret(connection.scheme)
        by_letter = connection.scheme == LetterAddress.slug
        if by_letter and reveal:
            await self._bridges.connections.show_secret(connection.id)
        keyed = scheme_of(app, connection.scheme).needs_secret
        proved = keyed and not by_letter
        shows = reveal and proved and not asks
        secret = await self._bridges.connections.show_secret(connection.id) if shows else ""
        words = phrases(viewer.language)
        health = await health_of(connection, self._bridges.deliveries, self._bridges.pulling.pulls)
        parked = await self._bridges.deliveries.parked_of(connection.id, limit=MOST_LISTED)
        return ConnectionSheet(
            app_name=app.name,
            group_name=group.name if group else "",
            group_slug=group.slug if group else "",
            short=connection.short,
            state=state_said(connection, words, health.standing),
            url="" if app.pull else url,
            secret=secret,
            steps=tuple(
                words(step.text, url=url, secret=secret or "…")
                for step in app.steps_of(connection.scheme)
            ),
            asks_secret=asks,
            server=server_of(connection.options.source) if app.pull else "",
            hides_secret=proved and not (asks or reveal or connection.shown),
            has_secret=proved,
            former_until=0 if app.pull else connection.old_until,
            withheld=tuple(withheld_said(health.withheld, words)),
            parked=tuple(_parked_call(call, words) for call in parked),
            parked_count=health.parked,
            account=await self._account(connection, app, words),
            resting=resting_said(health.resting, words),
            options=options_of(app),
            mappable=app.own_form is not None,
            schemes=others(app, connection.scheme),
            runs=connection.last_delivery is not None,
            paused=connection.state is ConnectionState.PAUSED,
            rotates=keyed and (asks or not app.pull),
        )

    async def sources(
        self, room_id: RoomId, viewer: Viewer, *, manages: bool
    ) -> tuple[SourceView, ...]:
        """Return the connections of a room, and to who manages them what is wrong with them."""
        found = await self._bridges.connections.in_room(room_id)
        parked = await self._bridges.deliveries.count_parked([one.id for one in found])
        standings = await self._bridges.pulling.pulls.of([one.id for one in found])
        words = phrases(viewer.language)
        return tuple(
            SourceView(
                app_name=app.name,
                state=state_said(one, words, standings.get(one.id)),
                sound=not (
                    one.fault
                    or one.is_silent
                    or (manages and one.id in parked)
                    or _fails(standings, one)
                ),
                page=f"/connections/{one.page}" if manages else "",
                trouble=parked_said(parked[one.id], words) if manages and one.id in parked else "",
            )
            for one in found
            if (app := self._bridges.apps.get(one.app))
        )

    async def take_secret(self, page: str, viewer: Viewer, secret: str) -> bool:
        """Keep the app's secret, if the viewer manages the connection's room."""
        connection = await self._managed(page, viewer)
        if connection is None:
            return False
        app = self._bridges.apps[connection.app]
        if not app.makes_secret(connection.scheme):
            return False
        await self._bridges.connections.take_secret(connection.id, secret)
        if app.pull:
            await self._bridges.pulling.ask_soon(connection.id)
        return True

    async def take_account(
        self, page: str, viewer: Viewer, *, base: str, user: str, token: str
    ) -> AccountAnswer | None:
        """Try and keep the account, if the viewer manages the connection's room."""
        connection, acting = await self._managed(page, viewer), self._bridges.acting
        app = self._bridges.apps.get(connection.app) if connection else None
        if connection is None or app is None or app.actions is None:
            return None
        came = await set_up(
            connection,
            app,
            Given(base, user, token),
            viewer.user_id,
            accounts=acting.accounts,
            caller=acting.reach.caller,
            words=phrases(viewer.language),
        )
        return AccountAnswer(came.text, came.done)

    async def forget_account(self, page: str, viewer: Viewer) -> bool:
        """Forget the account, if the viewer manages the connection's room."""
        connection = await self._managed(page, viewer)
        if connection is None:
            return False
        await self._bridges.acting.accounts.forget(connection.id)
        return True

    async def _account(
        self, connection: Connection, app: App, words: Phrases
    ) -> AccountSheet | None:
        actions = app.actions
        if actions is None:
            return None
        kept = await self._bridges.acting.accounts.of(connection.id)
        return AccountSheet(
            name=kept.name if kept else "",
            base=kept.account.base if kept else actions.base_url,
            user=kept.account.user if kept else "",
            user_label=words(actions.user) if actions.user else "",
            user_required=bool(actions.user) and not actions.user_optional,
            needs=words(actions.needs),
        )

    async def _managed(self, page: str, viewer: Viewer) -> Connection | None:
        for connection in await self._bridges.connections.all():
            if connection.page == page:
                room_id = connection.room_id
                allowed = await self._directory.may_manage(viewer.user_id, room_id)
                return connection if allowed else None
        return None


def _fails(standings: Mapping[str, Standing], connection: Connection) -> bool:
    standing = standings.get(connection.id)
    return standing is not None and bool(standing.trouble)


def _parked_call(call: ParkedDelivery, words: Phrases) -> ParkedCall:
    return ParkedCall(call.seq, call.received, cause_said(call, words), call.can_be_read)


def site_settings(config: Config, *, secret: str, options: PageOptions) -> SiteSettings:
    """Return what the pages must be told."""
    return SiteSettings(
        organization=config.organization.name,
        public_url=config.web.public_url,
        homeserver_url=config.homeserver.public_url or config.homeserver.url,
        language=config.organization.language,
        time_zone=config.organization.time_zone,
        key=hashlib.sha256(b"forms:" + secret.encode()).digest(),
        admins=frozenset(config.admins),
        clock=options.clock,
        kinds=_kind_views(config.kinds_of_groups),
        demo=options.demo,
    )


def page_routes(site: Site) -> list[web.RouteDef]:
    """Return every page, guarded."""
    return site.guarded([route for view in _VIEWS for route in view(site).routes()])


def _kind_views(kinds: Mapping[str, Kind]) -> Mapping[str, KindView]:
    return {
        key: KindView(
            key=key,
            icon=kind.icon,
            names={language.value: name for language, name in kind.names.items()},
            plurals={language.value: kind.plural(language) for language in kind.names},
            for_everybody=kind.joining is Joining.EVERYONE,
        )
        for key, kind in kinds.items()
    }


async def _leave(account: Account, room_id: RoomId) -> None:
    try:
        await account.leave(room_id)
    except (Forbidden, NotFound):
        return  # Not in it.
