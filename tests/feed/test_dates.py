"""Dates and numbers as look.md section 10 gives them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from appservice.languages import Language
from feed.dates import in_full, number, size, when

PARIS = ZoneInfo("Europe/Paris")


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        ("2026-03-12 14:05", "aujourd’hui, 14\u00a0h\u00a005", "today, 14:05"),
        ("2026-03-12 00:00", "aujourd’hui, 0\u00a0h\u00a000", "today, 00:00"),
        ("2026-03-11 09:30", "hier, 9\u00a0h\u00a030", "yesterday, 09:30"),
        ("2026-03-10 14:05", "mardi, 14\u00a0h\u00a005", "Tuesday, 14:05"),
        ("2026-03-06 14:05", "vendredi, 14\u00a0h\u00a005", "Friday, 14:05"),
        ("2026-03-05 14:05", "5 mars", "5 March"),
        ("2026-02-01 14:05", "1er février", "1 February"),
        ("2025-04-01 14:05", "1er avril 2025", "1 April 2025"),
        ("2026-03-13 08:00", "13 mars", "13 March"),
    ],
)
def test_a_time_is_said_as_the_reader_says_it(at: str, french: str, english: str):
    now = _ms("2026-03-12 18:00")

    assert when(_ms(at), now=now, zone=PARIS, language=Language.FR) == french
    assert when(_ms(at), now=now, zone=PARIS, language=Language.EN) == english


def test_a_time_in_full():
    at = _ms("2026-03-12 14:05")

    assert in_full(at, zone=PARIS, language=Language.FR) == "jeudi 12 mars 2026 à 14\u00a0h\u00a005"
    assert in_full(at, zone=PARIS, language=Language.EN) == "Thursday 12 March 2026 at 14:05"


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [(1240, "1\u202f240", "1,240"), (7, "7", "7")],
)
def test_a_number_has_its_thousands_apart(value: int, french: str, english: str):
    assert number(value, Language.FR) == french
    assert number(value, Language.EN) == english


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (12, "12\u00a0octets", "12\u00a0bytes"),
        (2_400_000, "2,4\u00a0Mo", "2.4\u00a0MB"),
        (3_000_000_000, "3\u00a0Go", "3\u00a0GB"),
    ],
)
def test_a_size_has_the_unit_that_people_know(value: int, french: str, english: str):
    assert size(value, Language.FR) == french
    assert size(value, Language.EN) == english
