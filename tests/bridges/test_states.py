"""What people call a state amounts to what they mean."""

import pytest

from bridges.readings import StateClass
from bridges.states import class_of


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("3. Doing (max 3)", StateClass.PROGRESS),
        ("Terminé / Livré", StateClass.DONE),
        ("Sprint 12 - Done", StateClass.DONE),
        ("Publiés 2026", StateClass.DONE),
        ("Testing/QA", StateClass.PROGRESS),
        ("En attente du client", StateClass.BLOCKED),
        ("Awaiting customer", StateClass.BLOCKED),
        ("À faire / En cours", StateClass.OPEN),
        ("To-Do", StateClass.OPEN),
        ("Release 2.0", StateClass.OPEN),
        ("Perdu de vue", StateClass.OPEN),
        ("Waiting " + "x" * 5_000, StateClass.BLOCKED),
    ],
)
def test_a_state_is_read_by_its_parts_and_by_how_it_begins(word: str, kind: StateClass):
    assert class_of(word) is kind
