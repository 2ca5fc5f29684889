"""A line to the bot is understood as people's keyboards write it."""

import pytest

from appservice.commands.grammar import Command, Parameter
from appservice.commands.parsing import parse
from appservice.errors import UsageError

_QUAI = "Tout sur le «\u00a0Quai\u00a0» d’en face"


async def _never(_request: object) -> object:
    raise AssertionError("nothing is carried out here")


_COMMAND = Command(
    ("group", "create"),
    "Make a group",
    _never,
    (
        Parameter("name", "its name"),
        Parameter("kind", "its kind", required=False),
        Parameter("purpose", "what it is for", required=False, rest=True),
    ),
)


@pytest.mark.parametrize(
    ("line", "name", "kind"),
    [
        ('"Quai 2" kind=place', "Quai 2", "place"),
        ("“Quai 2” kind=place", "Quai 2", "place"),
        ("”Quai 2” kind=“a place”", "Quai 2", "a place"),
        ("„Quai 2“ kind=«\u00a0a place\u00a0»", "Quai 2", "a place"),
        ("L’“abri” kind=«a place»", "L’“abri”", "a place"),
        ('"Le «\u202fQuai\u202f»" kind=place', "Le «\u202fQuai\u202f»", "place"),
    ],
)
def test_quotes_group_words_however_a_telephone_sets_them(line: str, name: str, kind: str):
    _, given = parse(f"group create {line}", [_COMMAND])

    assert (given["name"], given["kind"]) == (name, kind)


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        (_QUAI, _QUAI),
        ('On dit "le quai bas" ici', 'On dit "le quai bas" ici'),
        ("On dit “le quai bas” ici", "On dit “le quai bas” ici"),
        ('"On dit quai"', "On dit quai"),
        ("“On dit quai”", "On dit quai"),
        ('purpose="On dit quai"', "On dit quai"),
    ],
)
def test_quotes_within_a_text_stay_and_those_around_it_go(text: str, purpose: str):
    _, given = parse(f"group create Quai place {text}", [_COMMAND])

    assert given["purpose"] == purpose


def test_a_quote_that_is_not_closed_is_named():
    with pytest.raises(UsageError, match="quotation mark"):
        parse('group create "Quai 2', [_COMMAND])
