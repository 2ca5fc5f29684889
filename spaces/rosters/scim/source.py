"""What was pushed, read as a directory: every user with the names of their groups."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from appservice.payload import Payload
from spaces.rosters.entries import ACTIVE, EMAIL, NAME, USERNAME, Entry
from spaces.rosters.scim.store import ScimKind, ScimResource, ScimStore

_URN = "urn:"
_NOT_FOR_RULES = {"schemas", "id", "externalId", "meta", "userName", "password", "photos", "groups"}
_ADDRESS = ("locality", "region", "country", "postalCode", "formatted")


class ScimSource:
    """The users that an identity provider pushed."""

    name = "SCIM"
    all_or_nothing = False

    def __init__(self, store: ScimStore) -> None:
        self._store = store

    async def stamp(self) -> str:
        """Return nothing: the endpoint says when something changed."""
        return ""

    async def read(self) -> Sequence[Entry]:
        """Return every user."""
        groups = defaultdict[str, list[str]](list)
        for group in await self._store.all(ScimKind.GROUP):
            content = Payload(group.document)
            for member in content.items("members"):
                groups[member.text("value")].append(content.text("displayName"))
        users = await self._store.all(ScimKind.USER)
        return [entry_of(user, groups.get(user.id, ())) for user in users]


def entry_of(user: ScimResource, groups: Sequence[str]) -> Entry:
    """Return what rules may ask of a user: all texts, and those of the extensions, by their names."""
    content = Payload(user.document)
    attributes = dict(_texts(user.document))
    attributes |= {
        USERNAME: (content.text("userName"),),
        NAME: (_name(content),),
        ACTIVE: ("no" if content.fields.get("active") is False else "yes",),
        "group": tuple(groups),
    }
    if email := _chosen(content.items("emails")).text("value"):
        attributes[EMAIL] = (email,)
    filled = {name: values for name, values in attributes.items() if values}
    return Entry(f"user {content.text('userName')}", filled)


def _texts(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in document.items():
        if name in _NOT_FOR_RULES:
            continue
        if name.startswith(_URN) and isinstance(value, Mapping):
            yield from _texts(value)
        elif name == "addresses":
            address = _chosen(Payload(document).items(name))
            yield from ((part, (text,)) for part in _ADDRESS if (text := address.text(part)))
        elif isinstance(value, str):
            yield name, (value,)
        elif isinstance(value, list):
            yield name, tuple(_values(Payload(document), name))


def _values(content: Payload, name: str) -> Iterator[str]:
    yield from content.texts(name)
    yield from (text for item in content.items(name) if (text := item.text("value")))


def _chosen(items: Sequence[Payload]) -> Payload:
    """Return the item that is primary, or else of work, or else the first."""
    ranked = sorted(items, key=lambda item: (not item.flag("primary"), item.text("type") != "work"))
    return ranked[0] if ranked else Payload()


def _name(content: Payload) -> str:
    parts = (content.text("name", "givenName"), content.text("name", "familyName"))
    return (
        content.text("displayName")
        or content.text("name", "formatted")
        or " ".join(part for part in parts if part)
        or content.text("userName")
    )
