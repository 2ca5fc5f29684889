"""The demo's folder: what it remembers from start to start, and what its homeservers are told.

Loaded before the homeserver starts, so it loads little itself.
"""

import json
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import field

from appservice.errors import ConfigError
from appservice.ids import UserId
from appservice.registration import Registration, new_token
from parvis.demo.homes import Home, importer_registration
from parvis.demo.synapse import SynapseSettings, free_port

SERVER_NAME = "ateliers-rhone.example"
PARTNER_SERVER_NAME = "fonderie-delorme.example"
KEEPER = "gardien"


class Remembered(msgspec.Struct, kw_only=True):
    """What stays in ``demo.json`` (mode 0600)."""

    as_token: str
    hs_token: str
    importer_token: str
    web_port: int
    homeserver_port: int
    passwords: dict[str, str]
    built: bool = False
    partner_token: str = field(default_factory=new_token)
    partner_port: int = 0
    partner_built: bool = False


@dataclass(frozen=True)
class Ports:
    """What was asked for on the command line; 0 takes a free one."""

    web: int
    homeserver: int


@dataclass(frozen=True)
class DemoOptions:
    """What the command line asks for."""

    folder: Path
    ports: Ports
    ready_file: Path | None = None
    samples: bool = True
    partner: bool = False


class Installation:
    """One demo in one folder."""

    def __init__(self, folder: Path, *, ports: Ports) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._memory = self.folder / "demo.json"
        self.remembered = self._remember(ports)
        self.registration = Registration(
            id="parvis",
            url=f"http://127.0.0.1:{self.appservice_port}",
            as_token=self.remembered.as_token,
            hs_token=self.remembered.hs_token,
            bot_localpart="parvis",
            server_name=SERVER_NAME,
        )

    @property
    def web_url(self) -> str:
        """Return where the pages are."""
        return f"http://127.0.0.1:{self.remembered.web_port}"

    @property
    def home(self) -> Home:
        """Return where the organization's people live."""
        url = f"http://127.0.0.1:{self.remembered.homeserver_port}"
        return Home(url, SERVER_NAME, self.remembered.importer_token)

    @property
    def partner_home(self) -> Home:
        """Return where the partner's people live."""
        url = f"http://127.0.0.1:{self.remembered.partner_port}"
        return Home(url, PARTNER_SERVER_NAME, self.remembered.partner_token)

    @property
    def config_path(self) -> Path:
        """Return where the config is."""
        return self.folder / "config.yaml"

    def user_id(self, localpart: str) -> UserId:
        """Return an account of the demo."""
        return UserId(f"@{localpart}:{SERVER_NAME}")

    def password(self, localpart: str) -> str:
        """Return an account's password, made at the first question."""
        if localpart not in self.remembered.passwords:
            self.remembered.passwords[localpart] = f"{localpart}-{secrets.token_hex(3)}"
            self.save()
        return self.remembered.passwords[localpart]

    def save(self) -> None:
        """Write what is to be remembered, whole or not at all."""
        fresh = self._memory.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(self.remembered))
        fresh.replace(self._memory)

    def write_registrations(self) -> None:
        """Write what the homeservers are to know of us, at the present ports."""
        remembered = self.remembered
        for name, body in (
            ("registration.yaml", self.registration.yaml()),
            ("importer.yaml", _registration(remembered.importer_token)),
            ("partner-importer.yaml", _registration(remembered.partner_token)),
        ):
            write_secret(self.folder / name, body)

    def homeserver(self) -> SynapseSettings:
        """Return the homeserver, to be started after its registrations were written."""
        return SynapseSettings(
            folder=self.folder / "synapse",
            server_name=SERVER_NAME,
            port=self.remembered.homeserver_port,
            registrations=(self.folder / "registration.yaml", self.folder / "importer.yaml"),
        )

    def partner_homeserver(self) -> SynapseSettings:
        """Return the partner's homeserver, which has no Parvis."""
        return SynapseSettings(
            folder=self.folder / "partner",
            server_name=PARTNER_SERVER_NAME,
            port=self.remembered.partner_port,
            registrations=(self.folder / "partner-importer.yaml",),
        )

    def _remember(self, ports: Ports) -> Remembered:
        if self._memory.exists():
            known = msgspec.json.decode(self._memory.read_bytes(), type=Remembered)
        else:
            known = Remembered(
                as_token=new_token(),
                hs_token=new_token(),
                importer_token=new_token(),
                web_port=0,
                homeserver_port=0,
                passwords={},
            )
        known.web_port = _port(ports.web, known.web_port)
        known.homeserver_port = _port(ports.homeserver, known.homeserver_port)
        known.partner_port = _port(0, known.partner_port)
        self.appservice_port = free_port()
        self.remembered = known
        self.save()
        return known


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read: it holds tokens."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _registration(token: str) -> str:
    # JSON is YAML, and Synapse reads both.
    return json.dumps(importer_registration(token))


def _port(asked: int, before: int) -> int:
    """Return the port that was asked for, or the one of the last start while it is free."""
    wanted = asked or before
    if not wanted:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            if asked:
                raise ConfigError("--port", f"{asked} is taken; 0 takes a free one") from error
            return free_port()
    return wanted
