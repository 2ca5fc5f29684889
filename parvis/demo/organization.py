"""The sample organization as values, read from the YAML beside this file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

_ALL = "all"


@dataclass(frozen=True)
class SamplePerson:
    """One of the twelve."""

    localpart: str
    name: str
    role: Mapping[str, str]
    look: Mapping[str, str]


@dataclass(frozen=True)
class SampleGroup:
    """A group with the local parts of its people; a secret one has no slug of its own."""

    name: str
    slug: str
    kind: str
    access: str
    charter: Mapping[str, Any]
    owners: tuple[str, ...]
    members: tuple[str, ...]
    partners: tuple[str, ...] = ()
    """The servers that it is shared with."""


@dataclass(frozen=True)
class SamplePost:
    """A post *days* ago at *clock*, with what others said and chose."""

    group: str
    by: str
    days: int
    clock: str
    title: str
    text: str
    labels: tuple[str, ...]
    english: bool
    comments: tuple[tuple[str, str], ...]
    reactions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Organization:
    """All of it."""

    name: str
    admin: SamplePerson
    people: tuple[SamplePerson, ...]
    groups: tuple[SampleGroup, ...]
    connections: tuple[tuple[str, str], ...]
    """App and group."""
    posts: tuple[SamplePost, ...]
    partner: "Partner | None" = None

    @property
    def everybody(self) -> tuple[SamplePerson, ...]:
        """Return admin and people, the partner's too."""
        return (self.admin, *self.people, *self.partner_people)

    @property
    def partner_people(self) -> tuple[SamplePerson, ...]:
        """Return the partner's people, none where there is no partner."""
        return self.partner.people if self.partner else ()


@dataclass(frozen=True)
class Partner:
    """A second organization, and what it brings into the first: one shared group with posts."""

    name: str
    server_name: str
    people: tuple[SamplePerson, ...]
    group: SampleGroup
    posts: tuple[SamplePost, ...]


def with_partner(organization: Organization, partner: Partner) -> Organization:
    """Return *organization* with the group that it shares with *partner*."""
    return replace(
        organization,
        groups=(*organization.groups, partner.group),
        posts=(*organization.posts, *partner.posts),
        partner=partner,
    )


def only_shared(organization: Organization, partner: Partner) -> Organization:
    """Return of *organization* its people and what it shares with *partner*."""
    return with_partner(replace(organization, groups=(), connections=(), posts=()), partner)


def sample_partner(server_name: str) -> Partner:
    """Return the sample partner, whose people live at *server_name*."""
    raw = _load("partner.yaml")
    group = replace(_group(raw["group"], ()), partners=(server_name,))
    return Partner(
        name=raw["name"],
        server_name=server_name,
        people=tuple(_person(person) for person in raw["people"]),
        group=group,
        posts=tuple(_post(post) for post in raw["posts"]),
    )


def sample_organization(*, with_posts: bool = True) -> Organization:
    """Return the sample organization; without posts, which are long to read, where they are written."""
    raw = _load("organization.yaml")
    everybody = tuple(person["localpart"] for person in raw["people"])
    return Organization(
        name=raw["name"],
        admin=_person(raw["admin"]),
        people=tuple(_person(person) for person in raw["people"]),
        groups=tuple(_group(group, everybody) for group in raw["groups"]),
        connections=tuple((one["app"], one["group"]) for one in raw["connections"]),
        posts=tuple(_post(post) for post in _load("posts.yaml")) if with_posts else (),
    )


def _load(name: str) -> Any:
    source = files("parvis.demo") / "content" / name
    return YAML(typ="safe", pure=True).load(source.read_text("utf-8"))


def _person(raw: Mapping[str, Any]) -> SamplePerson:
    return SamplePerson(raw["localpart"], raw["name"], raw.get("role", {}), raw.get("look", {}))


def _group(raw: Mapping[str, Any], everybody: tuple[str, ...]) -> SampleGroup:
    members = raw["members"]
    return SampleGroup(
        name=raw["name"],
        slug=raw.get("slug", ""),
        kind=raw["kind"],
        access=raw["access"],
        charter=raw["charter"],
        owners=tuple(raw["owners"]),
        members=everybody if members == _ALL else tuple(members),
    )


def _post(raw: Mapping[str, Any]) -> SamplePost:
    days, clock = raw["at"]
    return SamplePost(
        group=raw["g"],
        by=raw["by"],
        days=days,
        clock=clock,
        title=raw["t"],
        text=raw["x"],
        labels=tuple(raw.get("l", ())),
        english=bool(raw.get("en")),
        comments=tuple((by, text) for by, text in raw.get("c", ())),
        reactions={key: tuple(people) for key, people in raw.get("r", {}).items()},
    )
