"""The config file: YAML at the edge, frozen values inside. What is wrong is named by its path, with
its line.
"""

import difflib
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appservice.errors import ConfigError, MalformedId
from appservice.ids import UserId, parse_user_id, server_of
from appservice.languages import Language
from appservice.registration import Registration
from parvis.config_directory import DirectorySection, directory_faults
from parvis.config_mail import (
    IncomingMailSection,
    InvitationsSection,
    MailSection,
    incoming_faults,
    mail_faults,
)
from parvis.config_outgoing import OutgoingSection, outgoing_faults
from parvis.setting_types import (
    EXPECTED,
    Address,
    Identifier,
    Localpart,
    Secret,
    SecretOrNone,
    Section,
    ServerName,
    WebUrl,
    WebUrlOrNone,
)
from spaces.kinds import Kind, kinds_with
from spaces.vocabulary import Creation

_LOOPBACK = re.compile(r"http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\Z")
_HIGHEST_PORT = 65535


class HomeserverSection(Section, frozen=True, kw_only=True):
    """Which homeserver, and how rooms are made there."""

    url: WebUrl
    public_url: WebUrlOrNone = ""
    server_name: ServerName
    room_version: str = "12"
    co_creator: str = ""
    admin_token: SecretOrNone = ""


class AppserviceSection(Section, frozen=True, kw_only=True):
    """How the homeserver and we know each other."""

    id: Identifier = "parvis"
    bot_localpart: Localpart = "parvis"
    as_token: Secret
    hs_token: Secret
    listen: Address = "127.0.0.1:29331"
    url: WebUrlOrNone = ""


class OrganizationSection(Section, frozen=True, kw_only=True):
    """Whose network it is."""

    name: str
    language: Language = Language.FR
    time_zone: str = "Europe/Paris"


class WebSection(Section, frozen=True, kw_only=True):
    """The pages."""

    public_url: WebUrl
    listen: Address = "127.0.0.1:8080"
    largest_file_mb: Annotated[int, Meta(ge=1, le=10_000)] = 50


class HooksSection(Section, frozen=True, kw_only=True):
    """The door for business apps."""

    public_url: WebUrlOrNone = ""
    listen: Address = "127.0.0.1:29332"


class GroupsSection(Section, frozen=True, kw_only=True):
    """How groups come to be."""

    creation: Creation = Creation.ADMINS


class MetricsSection(Section, frozen=True, kw_only=True):
    """Figures for those who watch the service."""

    listen: Address = "127.0.0.1:29333"


class DatabaseSection(Section, frozen=True, kw_only=True):
    """Where the kept tables lie."""

    url: str = ""


class LogFormat(StrEnum):
    """How a line of the log looks."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least grave line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


class LogsSection(Section, frozen=True, kw_only=True):
    """What is written to stderr."""

    format: LogFormat = LogFormat.TEXT
    level: LogLevel = LogLevel.INFO


class Config(Section, frozen=True, kw_only=True):
    """The whole file. Relative paths begin at the folder that the file lies in."""

    homeserver: HomeserverSection
    appservice: AppserviceSection
    organization: OrganizationSection
    web: WebSection
    admins: tuple[str, ...] = ()
    hooks: HooksSection = HooksSection()
    metrics: MetricsSection = MetricsSection()
    data_folder: str = "./data"
    database: DatabaseSection = DatabaseSection()
    logs: LogsSection = LogsSection()
    groups: GroupsSection = GroupsSection()
    directory: DirectorySection = DirectorySection()
    invitations: InvitationsSection = InvitationsSection()
    mail: MailSection = MailSection()
    outgoing: OutgoingSection = OutgoingSection()
    incoming_mail: IncomingMailSection = IncomingMailSection()
    kinds: Mapping[str, Mapping[str, Any]] = {}

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
    def listeners(self) -> Mapping[str, str]:
        """Return what is listened on, each address once, under the setting that names it first."""
        named = {
            "web.listen": self.web.listen,
            "hooks.listen": self.hooks.listen,
            "appservice.listen": self.appservice.listen,
            "metrics.listen": self.metrics.listen,
            "directory.scim.listen": self.directory.scim.listen,
            "incoming_mail.lmtp_listen": self.incoming_mail.lmtp_listen,
        }
        first: dict[str, str] = {}
        for setting, address in named.items():
            if address and address not in first.values():
                first[setting] = address
        return first

    @property
    def kinds_of_groups(self) -> Mapping[str, Kind]:
        """Return the seven kinds with what the file changes or adds."""
        return kinds_with(self.kinds)

    @property
    def registration(self) -> Registration:
        """Return what the homeserver must know of us."""
        return Registration(
            id=self.appservice.id,
            url=self.appservice.url or f"http://{self.appservice.listen}",
            as_token=self.appservice.as_token,
            hs_token=self.appservice.hs_token,
            bot_localpart=self.appservice.bot_localpart,
            server_name=self.homeserver.server_name,
        )


def load(path: Path) -> Config:
    """Return the settings in *path*, or raise ConfigError naming the key."""
    if not path.exists():
        raise ConfigError(str(path), "is not there; parvis init writes it, -c FILE names another")
    return parse(_read(path, str(path)), folder=path.parent)


def parse(text: str, *, folder: Path = Path()) -> Config:
    """Return the settings in *text*, or raise ConfigError naming the key."""
    try:
        document = YAML(typ="safe", pure=True).load(StringIO(text))
    except YAMLError as error:
        raise ConfigError("file", f"is not YAML: {error}") from error
    try:
        return _checked(_convert(_with_secrets(document, folder)), folder)
    except ConfigError as error:
        raise ConfigError(error.key, error.why + _place(text, error.key)) from error


def _checked(config: Config, folder: Path) -> Config:
    for key, why in _faults(config):
        raise ConfigError(key, why)
    return msgspec.structs.replace(
        config,
        data_folder=str((folder / config.data_folder).absolute()),
        directory=config.directory.below(folder),
        mail=config.mail.below(folder),
        outgoing=config.outgoing.below(folder),
        incoming_mail=config.incoming_mail.below(folder),
    )


def _read(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(key, error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise ConfigError(key, "is not UTF-8 text") from error


def _with_secrets(document: Any, folder: Path, path: str = "") -> Any:
    """Return *document* with every ``name_file`` replaced by what that file holds."""
    if not isinstance(document, Mapping):
        return document
    found: dict[str, Any] = {}
    for key, value in document.items():
        name, here = str(key), f"{path}.{key}".lstrip(".")
        plain = name.removesuffix("_file")
        if name == plain or not isinstance(value, str):
            found[name] = _with_secrets(value, folder, here)
        elif plain in document:
            raise ConfigError(here, f"stands beside {plain}; one of the two must go")
        else:
            found[plain] = _read(folder / value, here).strip()
    return found


def _convert(document: Any) -> Config:
    try:
        return msgspec.convert(document, Config)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from error


def _named(message: str) -> ConfigError:
    """Return the error with the dotted path that msgspec writes as ``$.a.b``."""
    why, _, where = message.partition(" - at `$")
    path = where.rstrip("`").lstrip(".")
    if unknown := re.search(r"unknown field `([^`]+)`", why):
        near = difflib.get_close_matches(unknown[1], _keys(Config), n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        return ConfigError(f"{path}.{unknown[1]}".lstrip("."), f"is not a known setting{meant}")
    if missing := re.search(r"missing required field `([^`]+)`", why):
        return ConfigError(f"{path}.{missing[1]}".lstrip("."), "is missing")
    for pattern, words in EXPECTED.items():
        if repr(pattern) in why:
            return ConfigError(path, words)
    return ConfigError(path or "file", why)


def _keys(section: type[msgspec.Struct]) -> Iterator[str]:
    """Yield the name of every setting, whatever section it stands in."""
    for field in msgspec.structs.fields(section):
        yield field.name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys(field.type)


def settings(section: type[msgspec.Struct] = Config, path: str = "") -> Iterator[str]:
    """Yield the dotted path of every setting."""
    for field in msgspec.structs.fields(section):
        here = f"{path}.{field.name}".lstrip(".")
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from settings(field.type, here)
        else:
            yield here


def _place(text: str, key: str) -> str:
    """Return " (line n)" for the innermost part of the dotted *key* that stands in *text*."""
    node: Any = YAML().load(StringIO(text))
    line = None
    for name in re.split(r"[.\[]", key):
        if not isinstance(node, Mapping) or name not in node:
            break
        line = node.lc.key(name)[0] + 1  # type: ignore[attr-defined]
        node = node[name]
    return "" if line is None else f" (line {line})"


def _faults(config: Config) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what each value alone does not show."""
    if config.homeserver.room_version not in {"11", "12"}:
        yield "homeserver.room_version", "must be 11 or 12, in quotation marks"
    for key, url in (("web", config.web.public_url), ("hooks", config.hooks.public_url)):
        if url.startswith("http:") and not _LOOPBACK.match(url):
            yield f"{key}.public_url", "must be https; http is for loopback only"
    if config.organization.time_zone not in zoneinfo.available_timezones():
        yield "organization.time_zone", "is no known time zone, like Europe/Paris"
    if config.appservice.as_token == config.appservice.hs_token:
        yield "appservice.hs_token", "must differ from as_token"
    yield from _kind_faults(config)
    yield from _account_faults(config)
    for key, why in directory_faults(config.directory, config.homeserver.server_name):
        yield f"directory.{key}", why
    for key, why in mail_faults(config.mail):
        yield f"mail.{key}", why
    for key, why in outgoing_faults(config.outgoing):
        yield f"outgoing.{key}", why
    for key, why in incoming_faults(config.incoming_mail):
        yield f"incoming_mail.{key}", why
    yield from _listener_faults(config)


def _kind_faults(config: Config) -> Iterator[tuple[str, str]]:
    try:
        kinds_with(config.kinds)
    except ConfigError as error:
        yield error.key, error.why
        return
    icons = {key: icon for key, one in config.kinds.items() if (icon := one.get("icon"))}
    if icons:
        from feed.icons import is_known  # noqa: PLC0415 - few configs choose icons

        for key, icon in icons.items():
            if not is_known(icon):
                yield (
                    f"kinds.{key}.icon",
                    f"there is no icon {icon}; https://lucide.dev/icons has them",
                )


def _account_faults(config: Config) -> Iterator[tuple[str, str]]:
    people = [("admins", admin) for admin in config.admins]
    if config.co_creator:
        people.append(("homeserver.co_creator", config.co_creator))
    for key, text in people:
        try:
            user_id = parse_user_id(text)
        except MalformedId:
            yield key, f"{text!r} is not like @name:{config.homeserver.server_name}"
            continue
        if server_of(user_id) != config.homeserver.server_name:
            yield key, f"{text!r} is not an account of {config.homeserver.server_name}"
        if user_id == config.registration.bot:
            yield key, f"{text!r} is the bot itself"


def _listener_faults(config: Config) -> Iterator[tuple[str, str]]:
    """Only pages and hooks may share an address: pushes and figures are not for the public."""
    addresses = {
        "web": config.web.listen,
        "hooks": config.hooks.listen,
        "appservice": config.appservice.listen,
        "metrics": config.metrics.listen,
    }
    if scim := config.directory.scim.listen:
        addresses["directory.scim"] = scim
    for section, address in addresses.items():
        if not 0 < int(address.rpartition(":")[2]) <= _HIGHEST_PORT:
            yield f"{section}.listen", "has no such port"
    for section in ("appservice", "metrics"):
        for other, address in addresses.items():
            if other != section and address == addresses[section]:
                yield f"{section}.listen", f"is the address of {other} already"
    if (lmtp := config.incoming_mail.lmtp_listen) and lmtp in addresses.values():
        yield "incoming_mail.lmtp_listen", "is taken already; only the mail server may come there"
