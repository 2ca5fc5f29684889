"""Why a mapping cannot be used, or makes nothing of a call: where, and in words."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from appservice.errors import ParvisError
from appservice.languages import N_, Phrases


class Why(StrEnum):
    """What is wrong."""

    FORM = "form"
    FIELD = "field"
    TWICE = "twice"
    LENGTH = "length"
    SYNTAX = "syntax"
    FILTER = "filter"
    VALUE = "value"
    LOOPS = "loops"
    SIZE = "size"
    TIME = "time"
    RESTS = "rests"


_SAID: Mapping[Why, str] = {
    Why.FORM: N_("write “field: template”, and begin what goes on below it with spaces"),
    Why.FIELD: N_("there is no such field; write for example {detail}"),
    Why.TWICE: N_("the field stands there twice"),
    Why.LENGTH: N_("it is too long: at most {detail}"),
    Why.SYNTAX: N_("that is no Liquid: {detail}"),
    Why.FILTER: N_("there is no filter “{detail}”"),
    Why.VALUE: N_("something in the call is not what a filter or tag there takes"),
    Why.LOOPS: N_("it repeats too often"),
    Why.SIZE: N_("it makes or needs too much"),
    Why.TIME: N_("it takes too long"),
    Why.RESTS: N_("it took too long less than a minute ago"),
}


class Failure(msgspec.Struct, frozen=True):
    """What is wrong with the *field* at *line*, counted from 1; 0 if it is no line's fault.

    *detail* quotes the mapping, never the call: others may read it.
    """

    why: Why
    line: int = 0
    field: str = ""
    detail: str = ""


class MappingFailed(ParvisError):
    """A mapping cannot be used; the error carries the *failure*."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(msgspec.json.encode(failure).decode())
        self.failure = failure


def said(failure: Failure, words: Phrases) -> str:
    """Return a failure in words, without a full stop."""
    why = words(_SAID[failure.why], detail=failure.detail)
    if not failure.line:
        return words(N_("the mapping: {why}"), why=why)
    return words(
        N_("line {line} of the mapping, “{field}”: {why}"),
        line=failure.line,
        field=failure.field,
        why=why,
    )
