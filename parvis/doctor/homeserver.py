"""Both ways to the homeserver, and the accounts there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from appservice import bot
from appservice.administration import Administration
from appservice.errors import (
    CannotListen,
    HomeserverError,
    NotFound,
    TokenUnknown,
    Unreachable,
)
from appservice.homeserver import Homeserver, Identity
from appservice.ids import DeviceId, UserId, parse_user_id, server_of
from appservice.languages import N_
from parvis.config import Config
from parvis.doctor.findings import Finding, Pen
from parvis.server import application, listening

_LOAD = N_(
    "add registration.yaml to app_service_config_files in homeserver.yaml and restart the "
    "homeserver: it reads it at its start only"
)


class HomeserverDoctor:
    """Tries one homeserver; where it does not answer, the rest is left out."""

    def __init__(self, config: Config, homeserver: Homeserver, pen: Pen) -> None:
        self._config = config
        self._homeserver = homeserver
        self._pen = pen
        self._registration = config.registration

    async def examine(self) -> AsyncIterator[Finding]:
        """Yield the findings in the order in which one thing needs the other."""
        url = self._config.homeserver.url
        try:
            await self._homeserver.as_nobody().call("GET", "/_matrix/client/versions")
        except HomeserverError as error:
            silent = isinstance(error, Unreachable)
            what = (
                N_("homeserver {url} does not answer") if silent else N_("homeserver {url}: {why}")
            )
            remedy = N_("does it run? homeserver.url must be the address of its client API")
            yield self._pen.fault(what, remedy, url=url, why=error)
            return
        yield self._pen.fine(N_("homeserver {url}"), url=url)
        if refusal := await self._known():
            yield refusal
            return
        yield self._pen.fine(N_("bot {bot}"), bot=self._registration.bot)
        yield await self._ping()
        yield await self._co_creator()
        async for finding in self._admins():
            yield finding
        if self._config.homeserver.admin_token:
            yield await self._administration()

    async def _known(self) -> Finding | None:
        """Return why the homeserver does not take us for what we are, or None if it does."""
        try:
            server = await self._server_name()
            if server != self._registration.server_name:
                what = N_("the homeserver’s accounts end in :{server}, not in :{named}")
                remedy = N_("homeserver.server_name must be {server}; so must all accounts here")
                named = self._registration.server_name
                return self._pen.fault(what, remedy, server=server, named=named)
            await bot.register(
                self._homeserver,
                user_id=self._registration.bot,
                as_token=self._registration.as_token,
                name="Parvis",
            )
        except TokenUnknown:
            return self._pen.fault(N_("the homeserver does not know as_token"), _LOAD)
        except HomeserverError as error:
            return self._pen.fault(N_("the bot cannot be registered: {why}"), _LOAD, why=error)
        return None

    async def _server_name(self) -> str:
        """Return what stands behind the colon of the homeserver's accounts."""
        registration = self._registration
        nobody = Identity(registration.bot, DeviceId(""), registration.as_token)
        answer = await self._homeserver.as_account(nobody).call("GET", "/account/whoami")
        return server_of(parse_user_id(answer.text("user_id")))

    async def _ping(self) -> Finding:
        """Have the homeserver call us; where Parvis does not run, something answers for it."""
        registration = self._registration
        async with _answering(self._config) as listens:
            try:
                await bot.ping(
                    self._homeserver,
                    user_id=registration.bot,
                    as_token=registration.as_token,
                    appservice=registration.id,
                )
            except HomeserverError as error:
                if "M_BAD_STATUS HTTP 403" in str(error):
                    return self._pen.fault(N_("the homeserver calls with another hs_token"), _LOAD)
                remedy = N_(
                    "it calls the url of the registration.yaml that it has; that must lead to {url} "
                    "from where it runs (appservice.url, appservice.listen)"
                )
                what = N_("the homeserver cannot call us: {why}")
                return self._pen.fault(what, remedy, why=error, url=registration.url)
        if listens:
            return self._pen.fine(N_("the homeserver calls us"))
        return self._pen.fine(N_("the homeserver calls Parvis, which is running"))

    async def _co_creator(self) -> Finding:
        name = self._config.co_creator
        if name is None:
            return self._pen.warning(
                N_("no co-creator is named: the organization could be locked out of its rooms"),
                N_("name one in homeserver.co_creator before the first start"),
            )
        remedy = N_("make the account {account} before the first start")
        missing = await self._missing(name, N_("the co-creator {account} does not exist"), remedy)
        return missing or self._pen.fine(N_("co-creator {account}"), account=name)

    async def _admins(self) -> AsyncIterator[Finding]:
        """Yield a finding for each admin who has no account, or one where there is no admin."""
        if not self._config.admins:
            what = N_("nobody is named in admins: nobody could make groups by the bot")
            yield self._pen.warning(what, N_("name at least one account"))
        for admin in self._config.admins:
            remedy = N_("make the account {account}, or correct it in admins")
            what = N_("the admin {account} does not exist")
            if missing := await self._missing(UserId(admin), what, remedy):
                yield missing

    async def _missing(self, account: UserId, what: str, remedy: str) -> Finding | None:
        """Return a fault if the account does not exist."""
        own = bot.bot_account(
            self._homeserver,
            user_id=self._registration.bot,
            as_token=self._registration.as_token,
        )
        try:
            await own.profile(account)
        except NotFound:
            return self._pen.fault(what, remedy, account=account)
        except Unreachable as error:
            unasked = N_("{account} could not be looked up: {why}")
            return self._pen.fault(unasked, N_("try again"), account=account, why=error)
        return None

    async def _administration(self) -> Finding:
        token = self._config.homeserver.admin_token
        try:
            await Administration(self._homeserver, token=token).check()
        except HomeserverError as error:
            remedy = N_("take the token of an administrator, and let Parvis reach /_synapse/admin/")
            return self._pen.fault(N_("homeserver.admin_token: {why}"), remedy, why=error)
        return self._pen.fine(N_("the admin token makes accounts"))


@asynccontextmanager
async def _answering(config: Config) -> AsyncIterator[bool]:
    """Answer pings on our own address, unless Parvis does; yield whether we do."""

    async def pong(request: web.Request) -> web.Response:
        wanted = f"Bearer {config.appservice.hs_token}"
        status = 200 if request.headers.get("Authorization") == wanted else 403
        return web.json_response({}, status=status)

    served = {config.appservice.listen: application([web.post("/_matrix/app/v1/ping", pong)])}
    try:
        async with listening(served):
            yield True
    except CannotListen:
        yield False
