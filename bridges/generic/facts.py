"""What people and their scripts write as a fact, by whatever name and in whatever form."""

import re
from collections.abc import Collection

from appservice.payload import Payload
from bridges.parts import measure
from bridges.readings import Field

_MOST_FIELDS, _LONGEST_WORD, _MOST_NAMED = 8, 100, 20
_ID = re.compile(r"(^|_)id$|^object$")
_NAMES = (
    "display_name",
    "displayName",
    "name",
    "title",
    "label",
    "username",
    "login",
    "email",
    "value",
)
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on", "oui"}), frozenset({"false", "0", "no", "non"})


def as_named(fields: Payload) -> Payload:
    """Return an object with its names as ours are written: "Thread-ID" and "threadId" are thread_id."""
    return Payload({_own(name): value for name, value in fields.fields.items()} | {**fields.fields})


def facts(body: Payload) -> tuple[Field, ...]:
    """Return the facts of a case, as a list of named values or as an object; some few are shown."""
    listed = [
        Field(first(one, "name", "title", "label")[:_LONGEST_WORD], value(one, "value"))
        for one in body.items("fields")
    ]
    return tuple(fact for fact in (*listed, *members(body.at("fields"))) if fact.name)[
        :_MOST_FIELDS
    ]


def members(body: Payload) -> list[Field]:
    """Return each member of an object as a fact."""
    return [Field(name[:_LONGEST_WORD], value(body, name)) for name in body.fields]


def others(body: Payload, known: Collection[str]) -> list[Field]:
    """Return the members that no name of ours says, without ids, which nobody reads."""
    each = ((_own(one.name), one) for one in members(body))
    return [one for name, one in each if name not in known and not _ID.search(name)]


def lines(told: tuple[Field, ...] | list[Field]) -> str:
    """Return facts as lines of a text."""
    return "\n".join(f"{one.name}: {one.value}" for one in told if one.value)


def value(body: Payload, name: str) -> str:
    """Return what stands there as people write it: measures and switches are facts too."""
    said = body.fields.get(name)
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, float):
        return measure(said)
    if isinstance(said, dict):
        return next((word for one in _NAMES if (word := Payload(said).word(one))), "")
    if isinstance(said, list):
        plain = [one for one in said[:_MOST_NAMED] if not isinstance(one, list)]
        each = (value(Payload({name: one}), name) for one in plain)
        return ", ".join(text for text in each if text)
    return body.word(name)


def first(body: Payload, *names: str) -> str:
    """Return the first that is said; a job's number may be all of a title."""
    return next((text for name in names if (text := _told(body, name))), "")


def names(body: Payload, name: str) -> tuple[str, ...] | None:
    """Return a list of words, which may be one text with commas or a list of things with names."""
    said = body.fields.get(name)
    if not isinstance(said, str | list):
        return None
    every = said.split(",") if isinstance(said, str) else said
    each = (value(Payload({name: one}), name).strip() for one in every if not isinstance(one, list))
    return tuple(word for word in each if word)


def switch(body: Payload, name: str) -> bool | None:
    """Return whether something is so, or None where nobody says it; forms write it as a word."""
    said = value(body, name).strip().lower()
    return True if said in _TRUE else False if said in _FALSE else None


def _told(body: Payload, name: str) -> str:
    return "" if isinstance(body.fields.get(name), bool) else value(body, name).strip()


def _own(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:_LONGEST_WORD])
    return re.sub(r"[\s.-]+", "_", words).lower()
