"""People from Keycloak's admin API, read-only (Keycloak's "Admin REST API", Users and Groups).

    client credentials --> token --> /users, page by page
                                 --> /groups, /groups/{id}/children, /groups/{id}/members

A person's attributes are those of the realm; `group` holds the names and the paths of their groups.
Service accounts are not among the users that Keycloak lists.
"""

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from appservice.payload import Payload
from appservice.web_client import WebClient, WebError
from spaces.rosters.entries import ACTIVE, EMAIL, MOST_PEOPLE, NAME, USERNAME, Entry, SourceFailed

_PAGE = 100
_TRIES = 3
_BEFORE_END = 20.0
_DEEPEST = 10
GROUP = "group"


@dataclass(frozen=True)
class KeycloakSettings:
    """Which realm, and the client whose service account reads it."""

    url: str
    realm: str
    client_id: str
    client_secret: str


class KeycloakSource:
    """A realm."""

    all_or_nothing = False

    def __init__(
        self, settings: KeycloakSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self.name = f"Keycloak, {settings.realm}"

    async def stamp(self) -> str:
        """Return nothing: only reading tells."""
        return ""

    async def read(self) -> Sequence[Entry]:
        """Return every user of the realm with their groups, or raise SourceFailed."""
        async with WebClient(self._settings.url) as client:
            realm = _Realm(client, self._settings, self._clock)
            users = await realm.everything("/users", role="view-users", brief=False)
            groups = await _groups_of_people(realm)
        if len(users) > MOST_PEOPLE:
            raise SourceFailed(f"{self.name}: more than {MOST_PEOPLE} users")
        return [_entry(user, groups.get(user.text("id"), ())) for user in users]


class _Realm:
    """Calls of the admin API, with a token that is renewed when it ends."""

    def __init__(
        self, client: WebClient, settings: KeycloakSettings, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._realm = quote(settings.realm, safe="")

    async def everything(self, path: str, *, role: str, brief: bool = True) -> list[Payload]:
        """Return the whole list at *path*; *role* is what it takes to read it."""
        for _ in range(_TRIES):
            found: dict[str, Payload] = {}
            if await self._read_pages(path, role, found, brief=brief):
                return list(found.values())
        raise SourceFailed(f"{self._settings.url}: {path} changes while it is read; I try again")

    async def _read_pages(
        self, path: str, role: str, found: dict[str, Payload], *, brief: bool
    ) -> bool:
        """Read page after page into *found*; return False if the list moved meanwhile.

        Each page begins with the last entry of the one before: if it is another, something was
        added or taken away in front, and somebody may have been passed over.
        """
        last = ""
        while True:
            first = max(0, len(found) - 1)
            page = await self._page(path, role, first, brief=brief)
            if last and (not page or page[0].text("id") != last):
                return False
            found.update((item.text("id"), item) for item in page)
            if len(found) != first + len(page):
                return False
            if len(page) <= _PAGE:
                return True
            last = page[-1].text("id")

    async def _page(self, path: str, role: str, first: int, *, brief: bool) -> tuple[Payload, ...]:
        query = {
            "first": first,
            "max": _PAGE + 1,
            "briefRepresentation": "true" if brief else "false",
        }
        address = f"/admin/realms/{self._realm}{path}"
        if self._clock() >= self._until:
            await self._renew()
        try:
            try:
                return await self._client.list(address, query=query, token=self._token)
            except WebError as error:
                if error.status != 401:  # noqa: PLR2004
                    raise
                await self._renew()  # It ended before its time, as after a restart of Keycloak.
            return await self._client.list(address, query=query, token=self._token)
        except WebError as error:
            raise SourceFailed(_remedy(error, role)) from error

    async def _renew(self) -> None:
        fields = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
        }
        path = f"/realms/{self._realm}/protocol/openid-connect/token"
        try:
            answer = await self._client.form(path, fields)
        except WebError as error:
            raise SourceFailed(_refused_token(error, self._settings)) from error
        self._token = answer.text("access_token")
        self._until = self._clock() + (answer.number("expires_in") or 60) - _BEFORE_END


async def _groups_of_people(realm: _Realm) -> Mapping[str, tuple[str, ...]]:
    """Return the names and paths of each user's groups, by the user's id."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    async for group in _groups(realm):
        path = f"/groups/{quote(group.text('id'), safe='')}/members"
        for member in await realm.everything(path, role="view-users"):
            found[member.text("id")] += [group.text("name"), group.text("path")]
    return {
        identifier: tuple(dict.fromkeys(text for text in names if text))
        for identifier, names in found.items()
    }


async def _groups(realm: _Realm) -> AsyncIterator[Payload]:
    """Walk all groups: since version 23 Keycloak lists those below others only when asked."""
    layer = await realm.everything("/groups", role="query-groups")
    for _ in range(_DEEPEST):
        below: list[Payload] = []
        for group in layer:
            yield group
            inner = group.items("subGroups")
            if not inner and group.number("subGroupCount"):
                path = f"/groups/{quote(group.text('id'), safe='')}/children"
                inner = tuple(await realm.everything(path, role="query-groups"))
            below.extend(inner)
        if not below:
            return
        layer = below


def _entry(user: Payload, groups: tuple[str, ...]) -> Entry:
    username, own = user.text("username"), user.at("attributes")
    name = " ".join(part for part in (user.text("firstName"), user.text("lastName")) if part)
    attributes = {key: own.texts(key) for key in own.keys()}  # noqa: SIM118 - no mapping
    attributes |= {
        USERNAME: (username,),
        NAME: (name or username,),
        ACTIVE: ("yes" if user.flag("enabled") else "no",),
    }
    if email := user.text("email"):
        attributes[EMAIL] = (email,)
    if groups:
        attributes[GROUP] = groups
    return Entry(f"user {username or user.text('id')}", attributes)


def _remedy(error: WebError, role: str) -> str:
    if error.status == 403:  # noqa: PLR2004
        return (
            f"{error}. Give the client's service account the role {role} of the client "
            "realm-management"
        )
    return str(error)


def _refused_token(error: WebError, settings: KeycloakSettings) -> str:
    if error.status == 404:  # noqa: PLR2004
        return f"{error}. There is no realm {settings.realm} at {settings.url}"
    if "service account" in error.answer.text("error_description"):
        return f"{error}. Switch on “Service accounts roles” for the client {settings.client_id}"
    if error.status in {400, 401}:
        return f"{error}. Keycloak does not know the client {settings.client_id} with this secret"
    return str(error)
