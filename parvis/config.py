"""The config file: YAML at the edge, frozen values inside. What is wrong is named by its path."""

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appservice.errors import ConfigError, MalformedId
from appservice.ids import UserId, parse_user_id
from appservice.languages import Language
from appservice.registration import Registration

Address = Annotated[str, Meta(pattern=r"^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")]
WebUrl = Annotated[str, Meta(pattern=r"^https?://[^\s/]+$")]

_LOOPBACK = re.compile(r"http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\Z")


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the file in which every key is known."""


class HomeserverSection(_Section, frozen=True, kw_only=True):
    """Which homeserver, and how rooms are made there."""

    url: WebUrl
    server_name: str
    room_version: str = "12"
    co_creator: str = ""


class AppserviceSection(_Section, frozen=True, kw_only=True):
    """How the homeserver and we know each other."""

    id: str = "parvis"
    bot_localpart: str = "parvis"
    as_token: str
    hs_token: str
    listen: Address = "127.0.0.1:29331"


class OrganizationSection(_Section, frozen=True, kw_only=True):
    """Whose network it is."""

    name: str
    language: Language = Language.FR
    time_zone: str = "Europe/Paris"


class WebSection(_Section, frozen=True, kw_only=True):
    """The pages."""

    public_url: WebUrl
    listen: Address = "127.0.0.1:8080"


class HooksSection(_Section, frozen=True, kw_only=True):
    """The door for business apps."""

    public_url: str = ""
    listen: Address = "127.0.0.1:29332"


class MetricsSection(_Section, frozen=True, kw_only=True):
    """Figures for those who watch the service."""

    listen: Address = "127.0.0.1:29333"


class DatabaseSection(_Section, frozen=True, kw_only=True):
    """Where the kept tables lie."""

    url: str = ""


class Config(_Section, frozen=True, kw_only=True):
    """The whole file. Paths are relative to where the program is started."""

    homeserver: HomeserverSection
    appservice: AppserviceSection
    organization: OrganizationSection
    web: WebSection
    admins: tuple[str, ...] = ()
    hooks: HooksSection = HooksSection()
    metrics: MetricsSection = MetricsSection()
    data_folder: str = "./data"
    database: DatabaseSection = DatabaseSection()

    @property
    def folder(self) -> Path:
        """Return the data folder."""
        return Path(self.data_folder)

    @property
    def database_url(self) -> str:
        """Return where the tables are; SQLite in the data folder unless said otherwise."""
        return self.database.url or f"sqlite:///{self.folder.absolute()}/parvis.db"

    @property
    def hooks_url(self) -> str:
        """Return the address that business apps call."""
        return self.hooks.public_url or self.web.public_url

    @property
    def co_creator(self) -> UserId | None:
        """Return the account that shares the creation of every room, if one was named."""
        return UserId(self.homeserver.co_creator) if self.homeserver.co_creator else None

    @property
    def registration(self) -> Registration:
        """Return what the homeserver must know of us."""
        return Registration(
            id=self.appservice.id,
            url=f"http://{self.appservice.listen}",
            as_token=self.appservice.as_token,
            hs_token=self.appservice.hs_token,
            bot_localpart=self.appservice.bot_localpart,
            server_name=self.homeserver.server_name,
        )


def load(path: Path) -> Config:
    """Return the settings in *path*, or raise ConfigError naming the key."""
    try:
        text = path.read_text()
    except OSError as error:
        raise ConfigError(str(path), error.strerror or "cannot be read") from error
    return parse(text)


def parse(text: str) -> Config:
    """Return the settings in *text*, or raise ConfigError naming the key."""
    try:
        document = YAML(typ="safe", pure=True).load(StringIO(text))
    except YAMLError as error:
        raise ConfigError("file", f"is not YAML: {error}") from error
    try:
        config = msgspec.convert(_with_secrets(document), Config)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from error
    _check(config)
    return config


def _with_secrets(document: Any, path: str = "") -> Any:
    """Return *document* with every ``name_file`` replaced by what that file holds."""
    if not isinstance(document, Mapping):
        return document
    found: dict[str, Any] = {}
    for key, value in document.items():
        name, here = str(key), f"{path}.{key}".lstrip(".")
        if name.endswith("_file") and isinstance(value, str):
            try:
                found[name.removesuffix("_file")] = Path(value).read_text().strip()
            except OSError as error:
                raise ConfigError(here, error.strerror or "cannot be read") from error
        else:
            found[name] = _with_secrets(value, here)
    return found


def _named(message: str) -> ConfigError:
    """Return the error with the dotted path that msgspec writes as ``$.a.b``."""
    why, _, where = message.partition(" - at `$")
    path = where.rstrip("`").lstrip(".")
    unknown = re.search(r"unknown field `([^`]+)`", why)
    missing = re.search(r"missing required field `([^`]+)`", why)
    for match, words in ((unknown, "is not a known setting"), (missing, "is missing")):
        if match:
            return ConfigError(f"{path}.{match[1]}".lstrip("."), words)
    return ConfigError(path or "file", why)


def _check(config: Config) -> None:
    if config.homeserver.room_version not in {"11", "12"}:
        raise ConfigError("homeserver.room_version", "must be 11 or 12")
    if config.web.public_url.startswith("http:") and not _LOOPBACK.match(config.web.public_url):
        raise ConfigError("web.public_url", "must be https; http is for loopback only")
    people = [("admins", admin) for admin in config.admins]
    if config.homeserver.co_creator:
        people.append(("homeserver.co_creator", config.homeserver.co_creator))
    for key, user_id in people:
        try:
            parse_user_id(user_id)
        except MalformedId:
            raise ConfigError(key, f"{user_id!r} is not like @name:server") from None
    if config.appservice.as_token == config.appservice.hs_token:
        raise ConfigError("appservice.hs_token", "must differ from as_token")
