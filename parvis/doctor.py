"""`parvis check`: tries what an installation needs, and names each fault with its remedy."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import aiohttp
from aiohttp import web

from appservice import bot
from appservice.account import Account
from appservice.administration import Administration
from appservice.database import Database
from appservice.errors import HomeserverError, NotFound, TokenUnknown, Unreachable
from appservice.homeserver import Homeserver
from appservice.ids import UserId, server_of
from appservice.migrations import newest, revision
from parvis.config import Config
from parvis.server import application, listening

_LEAST_FREE = 500 * 1024 * 1024
_WITHIN = aiohttp.ClientTimeout(total=10)
_RESTART = "add registration.yaml to app_service_config_files of the homeserver and restart it"


class Verdict(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. *remedy* is empty where nothing is to be done."""

    what: str
    verdict: Verdict
    remedy: str = ""


class Doctor:
    """Tries one installation; it changes nothing but registering the bot's account."""

    def __init__(self, config: Config, *, folder: Path) -> None:
        """*folder* is where the config lies, with registration.yaml beside it."""
        self._config = config
        self._folder = folder

    async def examine(self) -> Sequence[Finding]:
        """Return all findings, from the ground up."""
        homeserver = Homeserver(base_url=self._config.homeserver.url)
        try:
            return [
                self._data_folder(),
                await self._database(),
                self._registration(),
                *await self._homeserver(homeserver),
                *await self._public(),
            ]
        finally:
            await homeserver.close()

    def _data_folder(self) -> Finding:
        folder = self._config.folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            return _fault(f"data folder {folder}: {error.strerror}", "choose another data_folder")
        if not os.access(folder, os.W_OK):
            return _fault(f"data folder {folder} cannot be written", "make its user the owner")
        if shutil.disk_usage(folder).free < _LEAST_FREE:
            return Finding("less than 500 MB are free", Verdict.WARNING, "make room on the disk")
        return _fine(f"data folder {folder}")

    async def _database(self) -> Finding:
        try:
            database = await Database.open(self._config.database_url)
        except Exception as error:  # noqa: BLE001 - drivers raise what they like
            return _fault(f"database: {error}", "look at database.url")
        try:
            present = await revision(database)
        except Exception as error:  # noqa: BLE001 - drivers raise what they like
            first = str(error).partition("\n")[0]
            return _fault(f"database: {first}", "look at database.url, and at the server's log")
        finally:
            await database.close()
        if present in {None, newest()}:
            return _fine("database")
        return Finding("database of another version", Verdict.WARNING, "`parvis run` upgrades it")

    def _registration(self) -> Finding:
        path = self._folder / "registration.yaml"
        if not path.exists():
            return Finding("registration.yaml is not here", Verdict.WARNING, "compare it by hand")
        wrong = self._config.registration.differences(path.read_text("utf-8"))
        if wrong:
            named = ", ".join(wrong)
            return _fault(f"registration.yaml differs from the config in: {named}", _RESTART)
        return _fine("registration.yaml")

    async def _homeserver(self, homeserver: Homeserver) -> Sequence[Finding]:
        url = self._config.homeserver.url
        try:
            await homeserver.as_nobody().call("GET", "/_matrix/client/versions")
        except HomeserverError as error:
            return [_fault(f"homeserver {url}: {error}", "look at homeserver.url; is it running?")]
        findings = [_fine(f"homeserver {url}")]
        try:
            await self._register(homeserver)
        except TokenUnknown:
            return [*findings, _fault("the homeserver does not know as_token", _RESTART)]
        except HomeserverError as error:
            return [*findings, _fault(f"the bot cannot be registered: {error}", _RESTART)]
        findings.append(_fine(f"bot {self._config.registration.bot}"))
        return [
            *findings,
            await self._ping(homeserver),
            await self._co_creator(homeserver),
            *await self._administration(homeserver),
        ]

    async def _register(self, homeserver: Homeserver) -> None:
        registration = self._config.registration
        await bot.register(
            homeserver,
            user_id=registration.bot,
            as_token=registration.as_token,
            name="Parvis",
        )

    async def _ping(self, homeserver: Homeserver) -> Finding:
        """Have the homeserver call us; where Parvis does not run, something answers for it."""
        registration = self._config.registration
        async with _answering(self._config) as listens:
            try:
                await bot.ping(
                    homeserver,
                    user_id=registration.bot,
                    as_token=registration.as_token,
                    appservice=registration.id,
                )
            except HomeserverError as error:
                if "M_BAD_STATUS HTTP 403" in str(error):
                    return _fault("the homeserver calls with another hs_token", _RESTART)
                reach = f"let the homeserver reach {registration.url} (appservice.url)"
                return _fault(f"the homeserver cannot call us: {error}", reach)
        return _fine("the homeserver calls us" + ("" if listens else " (Parvis is running)"))

    async def _co_creator(self, homeserver: Homeserver) -> Finding:
        name = self._config.co_creator
        if name is None:
            return Finding(
                "no co-creator is named", Verdict.WARNING, "name one in homeserver.co_creator"
            )
        account = bot.bot_account(
            homeserver,
            user_id=self._config.registration.bot,
            as_token=self._config.registration.as_token,
        )
        return await _exists(account, name)

    async def _administration(self, homeserver: Homeserver) -> Sequence[Finding]:
        token = self._config.homeserver.admin_token
        if not token:
            return []
        try:
            await Administration(homeserver, token=token).check()
        except HomeserverError as error:
            remedy = "take the token of an administrator, and let Parvis reach /_synapse/admin/"
            return [_fault(f"homeserver.admin_token: {error}", remedy)]
        return [_fine("the admin token makes accounts")]

    async def _public(self) -> Sequence[Finding]:
        url = self._config.web.public_url
        async with aiohttp.ClientSession(timeout=_WITHIN) as session:
            try:
                async with session.get(f"{url}/healthz") as answer:
                    alive = answer.status == 200  # noqa: PLR2004
                status = await _status_of_pushes(session, url)
            except (aiohttp.ClientError, TimeoutError):
                return [_silent(url)]
        if status in {200, 401, 403}:
            remedy = "let the proxy pass nothing below /_matrix/app/ from outside"
            return [_fault(f"/_matrix/app/ answers on {url}", remedy)]
        return [_fine(f"public address {url}") if alive else _silent(url)]


def _silent(url: str) -> Finding:
    remedy = "start Parvis, and let the proxy hand this address to web.listen"
    return Finding(f"nothing answers on {url}", Verdict.WARNING, remedy)


async def _status_of_pushes(session: aiohttp.ClientSession, url: str) -> int:
    """Return what a stranger's push is answered on the public address."""
    path = f"{url}/_matrix/app/v1/transactions/check"
    async with session.put(path, json={"events": []}) as answer:
        return answer.status


async def _exists(account: Account, user_id: UserId) -> Finding:
    try:
        await account.profile(user_id)
    except NotFound:
        remedy = f"make the account {user_id} before the first start"
        return _fault(f"the co-creator {user_id} does not exist", remedy)
    except Unreachable as error:
        return _fault(f"co-creator: {error}", "try again")
    return _fine(f"co-creator {user_id} on {server_of(user_id)}")


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
            await asyncio.sleep(0)
    except OSError:
        yield False


def _fine(what: str) -> Finding:
    return Finding(what, Verdict.FINE)


def _fault(what: str, remedy: str) -> Finding:
    return Finding(what, Verdict.FAULT, remedy)
