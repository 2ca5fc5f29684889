"""The whole examination, from the ground up; it changes nothing but registering the bot's account."""

import os
import shutil
import stat
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from appservice import bot
from appservice.database import Database
from appservice.errors import CannotListen, ConfigError, DatabaseAway
from appservice.homeserver import Homeserver
from appservice.ids import UserId
from appservice.languages import N_, phrases
from appservice.migrations import knows, newest, revision
from appservice.vault import Vault
from parvis.config import Config
from parvis.doctor.calls import call_findings
from parvis.doctor.findings import Finding, Pen
from parvis.doctor.homeserver import HomeserverDoctor
from parvis.doctor.letters import letter_findings
from parvis.doctor.public import public_findings
from parvis.doctor.sources import source_findings
from parvis.folder import locked
from parvis.server import application, listening

_LEAST_FREE = 500 * 1024 * 1024


class Doctor:
    """Tries one installation."""

    def __init__(self, config: Config, *, path: Path) -> None:
        """*path* is the file that the config was read from; registration.yaml lies beside it."""
        self._config = config
        self._path = path
        self._pen = Pen(phrases(config.organization.language))

    async def examine(self) -> AsyncIterator[Finding]:
        """Yield all findings, each as soon as it is known."""
        for finding in (*self._own_file(), self._data_folder()):
            yield finding
        yield await self._database()
        running = self._is_running()
        for finding in await self._listeners(running=running):
            yield finding
        yield self._registration()
        async for finding in letter_findings(self._config, self._pen):
            yield finding
        homeserver = Homeserver(base_url=self._config.homeserver.url)
        try:
            async for finding in HomeserverDoctor(self._config, homeserver, self._pen).examine():
                yield finding
        finally:
            await homeserver.close()
        yield await public_findings(self._config, self._pen, running=running)
        if (vault := self._vault()) is None:
            return
        if running:
            yield await call_findings(self._config, self._pen, vault)
        async for finding in self._sources(vault):
            yield finding

    def _vault(self) -> Vault | None:
        """Return the key of the data folder; None before the first start, or where it is unreadable."""
        try:
            return Vault([(self._config.folder / "secrets.key").read_text().strip()])
        except (OSError, ConfigError):
            return None

    async def _sources(self, vault: Vault) -> AsyncIterator[Finding]:
        """Yield what is wrong with connections; where the tables are not ours, that was said."""
        try:
            database = await Database.open(self._config.database_url)
            try:
                await database.reach()
                present = await revision(database)
            finally:
                await database.close()
        except (ConfigError, OSError, DatabaseAway):
            return
        if present != newest():
            return
        try:
            async for finding in source_findings(self._config, self._pen, vault):
                yield finding
        except ConfigError as error:
            remedy = N_("put back the secrets.key with which this database was written")
            yield self._pen.fault(N_("connections: {why}"), remedy, why=error.why)

    def _own_file(self) -> Sequence[Finding]:
        """Return what is wrong with the settings file itself: that it could be read is known."""
        if self._path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            what = N_("{path} holds secrets, and others may read it")
            return [self._pen.warning(what, N_("chmod 600 {path}"), path=self._path)]
        return []

    def _data_folder(self) -> Finding:
        folder = self._config.folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            return self._pen.fault(
                N_("data folder {folder}: {why}"),
                N_("choose another data_folder"),
                folder=folder,
                why=error.strerror,
            )
        if not os.access(folder, os.W_OK):
            return self._pen.fault(
                N_("data folder {folder} cannot be written"),
                N_("make the user that Parvis runs as its owner: chown -R … {folder}"),
                folder=folder,
            )
        if shutil.disk_usage(folder).free < _LEAST_FREE:
            return self._pen.warning(
                N_("less than 500 MB are free in {folder}"),
                N_("make room on the disk"),
                folder=folder,
            )
        return self._pen.fine(N_("data folder {folder}"), folder=folder)

    async def _database(self) -> Finding:
        try:
            database = await Database.open(self._config.database_url)
        except (ConfigError, OSError) as error:
            return self._bad_database(error)
        try:
            await database.reach()
            present = await revision(database)
            known = await bot.known_as(database) if present == newest() else None
        except DatabaseAway as error:
            return self._bad_database(error)
        finally:
            await database.close()
        if known and known != self._config.registration.bot:
            return self._other_bot(known)
        if present in {None, newest()}:
            return self._pen.fine(N_("database"))
        if not knows(present):
            return self._pen.fault(
                N_("a newer Parvis wrote this database"),
                N_("run that version again, or restore the backup made before its update"),
            )
        return self._pen.warning(
            N_("the tables are those of an older version of Parvis"),
            N_("make a backup; `parvis run` then brings them up to date"),
        )

    def _other_bot(self, known: UserId) -> Finding:
        return self._pen.fault(
            N_("the bot would be {bot}, but groups and cards here are those of {known}"),
            N_(
                "let appservice.bot_localpart and homeserver.server_name make {known} again: nobody else can "
                "edit its cards; the name that people see may be any other"
            ),
            bot=self._config.registration.bot,
            known=known,
        )

    def _bad_database(self, error: Exception) -> Finding:
        why = error.why if isinstance(error, ConfigError | DatabaseAway) else error
        remedy = N_(
            "look at database.url: user, password, host and name; does its server run, "
            "and does that database exist?"
        )
        return self._pen.fault(N_("database: {why}"), remedy, why=why)

    def _is_running(self) -> bool:
        """Tell whether Parvis itself runs on this folder."""
        try:
            with locked(self._config.folder):
                return False
        except ConfigError:
            return True
        except OSError:
            return False  # The folder's own finding tells why.

    async def _listeners(self, *, running: bool) -> Sequence[Finding]:
        """Try each address that Parvis would listen on; where it runs, it holds them."""
        if running:
            return [self._pen.fine(N_("Parvis is running"))]
        taken = []
        for key, address in self._config.listeners.items():
            try:
                async with listening({address: application([])}):
                    pass
            except CannotListen as error:
                taken.append(self._cannot_listen(key, error))
        return taken or [self._pen.fine(N_("the addresses to listen on are free"))]

    def _cannot_listen(self, key: str, error: CannotListen) -> Finding:
        remedy = N_("end the program that has this address, or choose another in {key}")
        return self._pen.fault(
            N_("cannot listen on {address}: {why}"),
            remedy,
            address=error.address,
            why=error.why,
            key=key,
        )

    def _registration(self) -> Finding:
        path = self._path.parent / "registration.yaml"
        if not path.exists():
            what = N_("registration.yaml does not lie beside the settings, so it is not compared")
            remedy = N_("put a copy of what the homeserver has there")
            return self._pen.warning(what, remedy)
        wanted = self._config.registration
        wrong = wanted.differences(path.read_text("utf-8"))
        if not wrong:
            return self._pen.fine(N_("registration.yaml"))
        secret = {"as_token", "hs_token"}
        keys = [f"{key}: {wanted.document().get(key)}" for key in wrong if key not in secret]
        keys += [f"{key} (appservice.{key})" for key in wrong if key in secret]
        return self._pen.fault(
            N_("registration.yaml differs from the settings in: {keys}"),
            N_(
                "make one like the other: in registration.yaml {wanted}; then copy it to the "
                "homeserver, which reads it at its start only: restart it"
            ),
            keys=", ".join(wrong),
            wanted=", ".join(keys),
        )
