"""The demo's folder: what it remembers from start to start, and the files that it writes anew."""

import json
import secrets
import socket
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import msgspec
from msgspec import field
from ruamel.yaml import YAML

from appservice.errors import ConfigError
from appservice.ids import UserId
from appservice.registration import Registration, new_token
from parvis.config import Config, load
from parvis.demo.importer import Home, importer_registration
from parvis.demo.synapse import SynapseSettings, free_port
from parvis.init import example

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


class Installation:
    """One demo in one folder."""

    def __init__(self, folder: Path, *, ports: Ports, organization: str, admin: str) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._organization = organization
        self._admin = admin
        self._memory = self.folder / "demo.json"
        self.remembered = self._remember(ports)
        self.registration = Registration(
            id="parvis",
            url=f"http://127.0.0.1:{self._appservice_port}",
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

    def write_files(self) -> Config:
        """Write config and registrations for the present ports; return the config."""
        document = YAML().load(example())
        remembered, web = self.remembered, f"127.0.0.1:{self.remembered.web_port}"
        document["homeserver"]["url"] = f"http://127.0.0.1:{remembered.homeserver_port}"
        document["homeserver"]["server_name"] = SERVER_NAME
        document["homeserver"]["co_creator"] = self.user_id(KEEPER)
        document["appservice"]["as_token"] = remembered.as_token
        document["appservice"]["hs_token"] = remembered.hs_token
        document["appservice"]["listen"] = f"127.0.0.1:{self._appservice_port}"
        document["organization"]["name"] = self._organization
        document["web"]["public_url"] = self.web_url
        document["web"]["listen"] = web
        document["hooks"] = {"public_url": "", "listen": web}
        document["metrics"] = {"listen": f"127.0.0.1:{free_port()}"}
        document["admins"] = [self.user_id(self._admin)]
        document["data_folder"] = str(self.folder / "parvis")
        text = StringIO()
        YAML().dump(document, text)
        for path, body in (
            (self.config_path, text.getvalue()),
            (self.folder / "registration.yaml", self.registration.yaml()),
            (self.folder / "importer.yaml", _registration(remembered.importer_token)),
            (self.folder / "partner-importer.yaml", _registration(remembered.partner_token)),
        ):
            path.touch(mode=0o600)
            path.write_text(body, encoding="utf-8")
        return load(self.config_path)

    def homeserver(self) -> SynapseSettings:
        """Return the homeserver, to be started after the files were written."""
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
        self._appservice_port = free_port()
        self.remembered = known
        self.save()
        return known


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
