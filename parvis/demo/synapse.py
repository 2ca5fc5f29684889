"""A real Synapse in a folder of its own, on loopback, for the demo and for the tests.

Restarting on the same folder keeps accounts, rooms and keys; the port may be another one.
"""

import asyncio
import base64
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appservice.errors import CannotListen, ParvisError

_READY_WITHIN = 60.0
_STOP_WITHIN = 10.0
_BETWEEN_LOOKS = 0.05
_PID_FILE = "running.pid"
_LOWEST_PORT, _HIGHEST_PORT, _TRIES = 10_000, 32_000, 100
"""Linux lends 32768 and above to outgoing connections, others begin later still."""
_UNLIMITED = {"per_second": 10_000, "burst_count": 10_000}


class SynapseFailed(ParvisError):
    """The homeserver did not start; the text ends with the tail of its log."""


@dataclass(frozen=True)
class SynapseSettings:
    """What a homeserver is started with. *port* 0 takes a free one."""

    folder: Path
    server_name: str
    port: int = 0
    registrations: tuple[Path, ...] = ()
    listeners: tuple[Mapping[str, Any], ...] = ()
    """Further listeners beside the clients' own."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to the environment of the process."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further settings of homeserver.yaml, which win."""


class Synapse:
    """One homeserver process. start() and stop() frame its life; kill() is a power cut."""

    def __init__(self, settings: SynapseSettings) -> None:
        self._settings = settings
        self._folder = settings.folder
        self._port = settings.port or free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def base_url(self) -> str:
        """Return where clients reach it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def server_name(self) -> str:
        """Return the part behind the colon of its users."""
        return self._settings.server_name

    @property
    def database(self) -> Path:
        """Return the file of its database."""
        return self._folder / "homeserver.db"

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start it and wait until it answers, or raise SynapseFailed."""
        await self.begin()
        await self.wait_until_it_answers()

    async def begin(self) -> None:
        """Start its process, which needs some seconds before it answers.

        Its process id is left in the folder for `end_left_over`.
        """
        self._write_settings()
        log = (self._folder / "stdout.log").open("ab")
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "synapse.app.homeserver",
                "--config-path",
                str(self._folder / "homeserver.yaml"),
                cwd=self._folder,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "SYNAPSE_CACHE_FACTOR": "1.0",
                    **self._settings.environment,
                },
            )
        finally:
            log.close()
        (self._folder / _PID_FILE).write_text(str(self._process.pid))

    async def wait_until_it_answers(self) -> None:
        """Wait for a process that was begun, or raise SynapseFailed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_READY_WITHIN):
                while self._process and self._process.returncode is None:
                    if await self._answers():
                        return
                    await asyncio.sleep(_BETWEEN_LOOKS)
        await self.kill()
        raise SynapseFailed(f"Synapse did not start:\n{self.tail()}")

    async def stop(self) -> None:
        """End it in order."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(signal.SIGKILL)

    def shared_secret(self) -> str:
        """Return by what accounts are made (accounts.py)."""
        path = self._folder / "registration_secret"
        if not path.exists():
            path.write_text(secrets.token_urlsafe(32))
            path.chmod(0o600)
        return path.read_text()

    def tail(self) -> str:
        """Return the end of what it wrote, for error messages."""
        texts = []
        for name in ("stdout.log", "homeserver.log"):
            path = self._folder / name
            if path.exists():
                texts.append(path.read_text(errors="replace")[-3000:])
        return "\n".join(texts)

    async def _end(self, with_signal: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(with_signal)
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def _answers(self) -> bool:
        """Ask without an HTTP library: this file is loaded before Synapse starts."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                writer.write(b"GET /_matrix/client/versions HTTP/1.0\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
        except OSError:
            return False

    def _write_settings(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        key = self._folder / "signing.key"
        if not key.exists():
            seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            key.write_text(f"ed25519 a_demo {seed}\n")
            key.chmod(0o600)
        # JSON is YAML, and Synapse reads both.
        (self._folder / "log.yaml").write_text(json.dumps(self._log_settings()))
        (self._folder / "homeserver.yaml").write_text(json.dumps(self._all_settings(), indent=1))

    def _all_settings(self) -> dict[str, Any]:
        folder = self._folder
        return {
            "server_name": self.server_name,
            "public_baseurl": self.base_url + "/",
            "listeners": [
                {
                    "port": self._port,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "x_forwarded": True,
                    "resources": [{"names": ["client"]}],
                },
                *self._settings.listeners,
            ],
            "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
            "log_config": str(folder / "log.yaml"),
            "media_store_path": str(folder / "media"),
            "signing_key_path": str(folder / "signing.key"),
            "pid_file": str(folder / "homeserver.pid"),
            "registration_shared_secret": self.shared_secret(),
            "macaroon_secret_key": self.shared_secret() + "m",
            "form_secret": self.shared_secret() + "f",
            "app_service_config_files": [str(path) for path in self._settings.registrations],
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "report_stats": False,
            "bcrypt_rounds": 4,
            "presence": {"enabled": False},
            "url_preview_enabled": False,
            "room_list_publication_rules": [{"action": "allow"}],
            "autocreate_auto_join_rooms": False,
            **_rate_limits(),
            **self._settings.extra,
        }

    def _log_settings(self) -> dict[str, Any]:
        return {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
            "handlers": {
                "file": {
                    "class": "logging.FileHandler",
                    "filename": str(self._folder / "homeserver.log"),
                    "formatter": "plain",
                }
            },
            "root": {"level": "WARNING", "handlers": ["file"]},
        }


async def end_left_over(folder: Path) -> None:
    """End the homeserver of *folder* that outlived its program, which was killed outright.

    Two on one database would spoil it. The process is known by its command line, since the id may
    be another's by now; where the system does not tell command lines, nothing is ended.
    """
    with suppress(OSError, ValueError):
        pid = int((folder / _PID_FILE).read_text())
        deadline = asyncio.get_running_loop().time() + _STOP_WITHIN
        with_signal = signal.SIGTERM
        while _is_synapse_of(folder, pid):
            if asyncio.get_running_loop().time() > deadline:
                with_signal = signal.SIGKILL
            os.kill(pid, with_signal)
            await asyncio.sleep(0.1)


def _is_synapse_of(folder: Path, pid: int) -> bool:
    command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    return str(folder / "homeserver.yaml").encode() in command_line


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on now.

    It is none of those that systems give to outgoing connections: one of them might have it first.
    """
    for _ in range(_TRIES):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(
                ("127.0.0.1", _LOWEST_PORT + secrets.randbelow(_HIGHEST_PORT - _LOWEST_PORT))
            )
            return int(probe.getsockname()[1])
    raise CannotListen("127.0.0.1", "no port is free")


def _rate_limits() -> dict[str, Any]:
    """Lift every limiter: a sample organization is built at once, and tests hurry."""
    simple = (
        "rc_message rc_registration rc_room_creation rc_joins_per_room rc_admin_redaction "
        "rc_3pid_validation rc_media_create rc_reports rc_user_directory rc_profile"
    )
    nested = {
        "rc_login": ("address", "account", "failed_attempts"),
        "rc_joins": ("local", "remote"),
        "rc_invites": ("per_room", "per_user", "per_issuer"),
    }
    limits: dict[str, Any] = dict.fromkeys(simple.split(), _UNLIMITED)
    for name, parts in nested.items():
        limits[name] = dict.fromkeys(parts, _UNLIMITED)
    return limits
