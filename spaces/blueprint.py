"""A first plan of groups from a dozen answers; pure: the same answers give the same plan.

answers.yaml --> groups file, for `parvis apply` --> warnings, where it copies the org chart
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appservice.errors import FileFaults
from appservice.languages import DEFAULT_LANGUAGE, N_, Language, Phrases, phrases
from spaces.folding import folded
from spaces.kinds import Kind
from spaces.naming import conforming, slug_of
from spaces.sheet import CharterSheet, GroupSheet

MIRROR = 0.7
"""From which share of groups that are departments a plan copies the org chart (social.md, row 35)."""

_Names = tuple[str, ...]


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A project with its last day."""

    name: str
    ends: date | None = None


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked; whatever is left out makes no group."""

    organization: str
    language: Language = DEFAULT_LANGUAGE
    owner: str = ""
    """Who owns the groups at first: an account, or its local part."""
    sites: _Names = ()
    trades: _Names = ()
    products: _Names = ()
    projects: tuple[Ending | str, ...] = ()
    topics: _Names = ()
    press: bool = False
    """Whether mentions of the organization are to be watched."""
    departments: _Names = ()
    """The boxes of the org chart: no groups are made of them, the plan is compared with them."""
    site_attribute: str = "site"
    trade_attribute: str = "trade"
    """What the directory calls a person's site and trade."""


@dataclass(frozen=True)
class Plan:
    """The groups, and what is worth a second thought."""

    groups: tuple[GroupSheet, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Wanted:
    kind: str
    name: str
    own: str
    """What the answer says, to compare with departments."""
    rule: str = ""
    ends: date | None = None


_SITE = {Language.FR: "Site de {name}", Language.EN: "{name} site"}
_GENERAL = {Language.FR: "Toute la maison", Language.EN: "The whole house"}
_PRESS = {Language.FR: "On parle de nous", Language.EN: "In the press"}
_PURPOSE: Mapping[str, str] = {
    "general": N_("What concerns everybody at {organization}."),
    "place": N_("What changes here, and what is coming: {name}."),
    "function": N_("Helping each other and sharing what we learn: {name}."),
    "product": N_("Everybody who sells, makes or repairs it: {name}."),
    "project": N_("Where the project stands, for all who take part: {name}."),
    "topic": N_("For all who like it: {name}."),
    "visibility": N_("What is said of {organization} outside."),
}


def read_answers(text: str) -> Answers:
    """Return the answers in *text* (YAML), or raise FileFaults."""
    try:
        return msgspec.convert(YAML(typ="safe", pure=True).load(StringIO(text)), Answers)
    except (YAMLError, msgspec.ValidationError) as error:
        raise FileFaults(str(error)) from error


def plan_of(answers: Answers, kinds: Mapping[str, Kind]) -> Plan:
    """Return the plan that *answers* suggest."""
    words, taken, groups = phrases(answers.language), set[str](), list[GroupSheet]()
    wanted = list(_wanted(answers))
    for number, one in enumerate(wanted):
        kind = kinds[one.kind]
        name = conforming(" ".join(one.name.split()), kind)
        slug = slug_of(name, taken=taken)
        taken.add(slug)
        purpose = words(_PURPOSE[one.kind], name=one.own, organization=answers.organization)
        groups.append(
            GroupSheet(
                slug=slug,
                name=name,
                kind=one.kind,
                charter=CharterSheet(purpose=purpose),
                place=number if kind.landmark else None,
                rule=one.rule or None,
                owners=(answers.owner,) if answers.owner else None,
                ends=one.ends,
                language=answers.language.value if one.kind == "place" else None,
            )
        )
    return Plan(tuple(groups), tuple(_warnings(answers, wanted, words)))


def mirrored(names: Sequence[str], departments: Sequence[str]) -> float:
    """Return which share of *names* are departments, each counted once."""
    boxes = [folded(one) for one in departments]
    if not names or not boxes:
        return 0.0
    return sum(folded(name) in boxes for name in names) / len(names)


def _wanted(answers: Answers) -> Iterator[_Wanted]:
    language = answers.language
    yield _Wanted("general", _GENERAL[language], "")
    for name in answers.sites:
        rule = f"{answers.site_attribute} = {_value(name)}"
        yield _Wanted("place", _SITE[language].replace("{name}", name), name, rule)
    for name in answers.trades:
        yield _Wanted("function", name, name, f"{answers.trade_attribute} = {_value(name)}")
    for name in answers.products:
        yield _Wanted("product", name, name)
    for project in answers.projects:
        one = Ending(project) if isinstance(project, str) else project
        yield _Wanted("project", one.name, one.name, ends=one.ends)
    for name in answers.topics:
        yield _Wanted("topic", name, name)
    if answers.press:
        yield _Wanted("visibility", _PRESS[language], "")


def _value(name: str) -> str:
    plain = name.replace('"', "")
    return f'"{plain}"' if " " in plain else plain


def _warnings(answers: Answers, wanted: Sequence[_Wanted], words: Phrases) -> Iterator[str]:
    names = [one.own for one in wanted if one.own]
    share = mirrored(names, answers.departments)
    if share > MIRROR:
        yield words(
            N_(
                "{percent}% of these groups are departments. People find each other there already: "
                "begin with what crosses them, products, projects and sites."
            ),
            percent=round(share * 100),
        )
    if not answers.products and not answers.projects:
        yield words(N_("There is no product and no project: where would news come in by itself?"))
    undated = [one.own for one in wanted if one.kind == "project" and one.ends is None]
    if undated:
        yield words(N_("Without a last day: {names}."), names=", ".join(undated))
