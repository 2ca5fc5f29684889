"""What people and their scripts write as a fact, by whatever name."""

from appservice.payload import Payload
from bridges.base import Field
from bridges.parts import measure

_MOST_FIELDS, _LONGEST_WORD = 8, 100


def facts(body: Payload) -> tuple[Field, ...]:
    """Return the facts of a case, as a list of named values or as an object; some few are shown."""
    listed = [
        Field(first(one, "name", "title", "label")[:_LONGEST_WORD], _value(one, "value"))
        for one in body.items("fields")
    ]
    plain = body.at("fields")
    named = [
        Field(name[:_LONGEST_WORD], _value(plain, name))
        for name in plain.keys()  # noqa: SIM118 - no mapping
    ]
    return tuple(field for field in (*listed, *named) if field.name)[:_MOST_FIELDS]


def _value(body: Payload, name: str) -> str:
    """Return a fact as people write it: measures and switches are facts too."""
    value = body.fields.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return measure(value)
    return ", ".join(body.texts(name)) or body.word(name)


def first(body: Payload, *names: str) -> str:
    """Return the first that is said; a job's number may be all of a title."""
    return next((text for name in names if (text := body.word(name).strip())), "")
