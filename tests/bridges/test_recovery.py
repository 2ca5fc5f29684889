"""What failed is told as well again where its failure stands, and nowhere else."""

import pytest

from appservice.languages import Language, phrases
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.discovery import apps
from bridges.options import Mode, Options
from bridges.readings import Reading
from tests.harness.telling import TellingRoom

_GITHUB = apps()["github"]


def _run(number: int, action: str, conclusion: str = "") -> Reading:
    """Return what GitHub says of a run of the workflow CI on its main branch."""
    run = {
        "id": 100 + number,
        "run_number": number,
        "run_attempt": 1,
        "workflow_id": 7,
        "name": "CI",
        "head_branch": "main",
        "conclusion": conclusion or None,
        "created_at": f"2026-05-04T09:{number:02}:00Z",
        "updated_at": f"2026-05-04T09:{number:02}:{30 if conclusion else 10}Z",
    }
    body = {"action": action, "workflow_run": run, "repository": {"id": 5}}
    read = _GITHUB.read(Delivery({"x-github-event": "workflow_run"}, Payload(body)))
    assert isinstance(read, Reading)
    return read


def _steps(room: TellingRoom) -> list[str]:
    return [row.content["body"] for row in room.rows if row.key.startswith("step")]


@pytest.mark.parametrize("mode", [Mode.CARD, Mode.THREAD])
def test_a_run_that_succeeds_after_one_that_failed_is_the_last_word_of_its_thread(mode: Mode):
    room = TellingRoom(_GITHUB, Options(mode=mode), phrases(Language.EN))
    for number, conclusion in enumerate(("failure", "cancelled", "success"), start=1):
        room.hear(_run(number, "requested"))
        room.hear(_run(number, "completed", conclusion))

    assert "CI failed (run #1)" in _steps(room)[0 if mode is Mode.CARD else 1]
    assert "CI succeeded (run #3)" in _steps(room)[-1]
    assert len(_steps(room)) == (2 if mode is Mode.CARD else 6)


def test_runs_that_succeed_after_others_that_succeeded_change_their_card_alone():
    room = TellingRoom(_GITHUB, words=phrases(Language.EN))
    for number, conclusion in enumerate(("success", "failure", "success", "success"), start=1):
        room.hear(_run(number, "completed", conclusion))

    assert [step.split(" (")[1] for step in _steps(room)] == ["run #2)", "run #3)"]


def test_a_success_of_before_a_failure_that_comes_late_is_no_recovery():
    room = TellingRoom(_GITHUB, words=phrases(Language.EN))
    room.hear(_run(2, "completed", "failure"))
    room.hear(_run(1, "completed", "success"))

    assert len(_steps(room)) == 1
    room.hear(_run(3, "completed", "success"))
    assert "CI succeeded (run #3)" in _steps(room)[-1]


def test_a_failure_leaves_no_trace_in_how_a_card_looks_once_it_is_over():
    never, once = (TellingRoom(_GITHUB, words=phrases(Language.EN)) for _ in range(2))
    once.hear(_run(1, "completed", "failure"))
    for room in (never, once):
        room.hear(_run(2, "completed", "success"))

    (before,), (after,) = never.cards().values(), once.cards().values()
    assert before["body"] == after["body"]
    assert {case.shown for case in never.known.values()} == {
        case.shown for case in once.known.values()
    }
