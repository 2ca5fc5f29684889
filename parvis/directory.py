"""From the settings to the directory that tells of people."""

from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from appservice.administration import Administration
from appservice.commands.doorkeeper import Doorkeeper
from appservice.commands.letters import Letters
from appservice.commands.requests import RequestStore
from appservice.errors import ConfigError
from appservice.floor import Trays
from appservice.ids import UserId
from parvis.config import Config
from parvis.config_directory import DirectoryKind
from parvis.mailing import Mailing
from spaces.house import PeopleParts
from spaces.inviting.desk import InvitingSettings
from spaces.inviting.house import InvitingParts
from spaces.rosters.entries import Source
from spaces.rosters.file import FileSource
from spaces.rosters.keycloak import KeycloakSettings, KeycloakSource
from spaces.rosters.ldap import LdapSettings, LdapSource
from spaces.rosters.scim.source import ScimSource
from spaces.rosters.scim.store import ScimStore
from spaces.rosters.upkeep import DirectorySettings, Upkeep

_GLANCE = 2.0
"""Seconds between two looks at a file's time; only a changed file is read."""


def people_parts(
    config: Config, trays: Trays, doorkeeper: Doorkeeper, mailing: Mailing
) -> PeopleParts:
    """Return where people come from, how they get in, and how the bot writes to them."""
    section = config.directory
    return PeopleParts(
        letters=Letters(
            outbox=trays.outbox,
            requests=RequestStore(database=trays.database),
            room_of=doorkeeper.plain_room,
            default_language=config.organization.language,
        ),
        inviting=_inviting(config, mailing),
        administration=administration_of(config, trays),
        admins=tuple(UserId(admin) for admin in config.admins),
        source=_source(config, trays),
        settings=DirectorySettings(
            section.rules(config.homeserver.server_name),
            percent=section.largest_loss,
            every=_GLANCE if section.source is DirectoryKind.FILE else section.every_minutes * 60.0,
        ),
    )


def _inviting(config: Config, mailing: Mailing) -> InvitingParts:
    organization = config.organization
    settings = InvitingSettings(
        organization=organization.name,
        site=config.web.public_url,
        language=organization.language,
        time_zone=ZoneInfo(organization.time_zone),
        days=config.invitations.days,
        kept_days=config.invitations.kept_days,
    )
    posted = mailing.carrier.wake if mailing.carrier else None
    return InvitingParts(settings, mailing.tray, posted)


def administration_of(config: Config, trays: Trays) -> Administration | None:
    """Return what an administrator of the homeserver lent us, if one did."""
    token = config.homeserver.admin_token
    return Administration(trays.homeserver, token=token) if token else None


def _source(config: Config, trays: Trays) -> Source | None:
    section = config.directory
    if section.source is DirectoryKind.FILE:
        return FileSource(Path(section.file))
    if section.source is DirectoryKind.KEYCLOAK:
        return KeycloakSource(KeycloakSettings(**msgspec.structs.asdict(section.keycloak)))
    if section.source is DirectoryKind.SCIM:
        return ScimSource(ScimStore(database=trays.database))
    if section.source is DirectoryKind.LDAP:
        _needs("bonsai", "ldap")
        return LdapSource(LdapSettings(**msgspec.structs.asdict(section.ldap)))
    return None


def scim_routes(config: Config, trays: Trays, upkeep: Upkeep | None) -> list[web.RouteDef]:
    """Return the door for identity providers, if it is to be open."""
    section = config.directory
    if section.source is not DirectoryKind.SCIM or upkeep is None:
        return []
    _needs("scim2_models", "scim")
    from spaces.rosters.scim.endpoint import ScimEndpoint  # noqa: PLC0415

    endpoint = ScimEndpoint(
        store=ScimStore(database=trays.database),
        token=section.scim.token,
        public_url=config.web.public_url,
        changed=upkeep.wake,
    )
    return endpoint.routes()


def _needs(module: str, extra: str) -> None:
    """Refuse a source whose part is not installed."""
    if find_spec(module) is None:
        raise ConfigError("directory.source", f"needs the extra: pip install 'parvis[{extra}]'")
