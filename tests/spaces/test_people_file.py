"""A people file in a running organization: read when it changes, doubted when it forgets."""

from contextlib import AsyncExitStack

import pytest

from appservice.errors import FileFaults
from parvis.control import JobFailed, ask
from tests.harness.house import open_house
from tests.harness.talk import Talk
from tests.harness.wait import until


class _Heard:
    """What a job said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        self.lines.append(line)

    def progress(self, done: int, total: int) -> None:
        pass


def _rows(*names: str, site: str = "Lyon") -> str:
    return "".join(["username;site\n", *(f"{name};{site}\n" for name in names)])


@pytest.fixture
async def file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(_rows(*(f"p{n}" for n in range(10))))
    return path


@pytest.fixture
async def talk(homeserver, tmp_path, file):
    """The admin of an organization with a people file, talking to its bot."""
    async with AsyncExitStack() as stack:
        admin = await homeserver.person("admin")
        house = await stack.enter_async_context(
            open_house(
                tmp_path,
                homeserver,
                admin=admin.user_id,
                settings=f"directory: {{source: file, file: {file.name}}}",
            )
        )
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        talk = await Talk.begin(house, admin)
        await talk.ask("help")  # So that the bot knows where to reach them.
        yield talk


async def _known(talk) -> set[str]:
    people = await talk.house.app.spaces.people.all()
    return {person.user_id.split(":")[0] for person in people if person.active}


async def _knows(talk, number: int) -> None:
    async def known() -> bool:
        return len(await _known(talk)) == number

    await until(known, f"{number} people are known")


async def _hears(talk, words: str) -> str:
    """Return what the bot writes unasked."""

    def wanted(event) -> bool:
        return words in getattr(event, "body", "")

    return (await talk.person.hears(talk.room_id, wanted)).body


async def _job(talk, given: str) -> list[str]:
    """Return what the running program says to `parvis people`."""
    heard = _Heard()
    await ask(talk.house.app.config.folder, "people", heard, given=given)
    return heard.lines


async def test_the_file_is_read_at_the_start_and_when_it_changes(talk, file):
    await _knows(talk, 10)
    file.write_text(_rows(*(f"p{n}" for n in range(12))))

    await _knows(talk, 12)


async def test_a_file_that_forgets_people_is_believed_only_when_confirmed(talk, file):
    await _knows(talk, 10)
    file.write_text(_rows(*(f"p{n}" for n in range(3))))

    with pytest.raises(JobFailed):
        await _job(talk, "load")
    alarm = await _hears(talk, "people reload confirm")
    shown = await talk.ask("people show")
    again = await talk.ask("people reload")
    assert len(await _known(talk)) == 10
    confirmed = await talk.ask("people reload confirm")

    assert "7 personnes sur 10" in alarm
    assert "7 personnes sur 10" in shown
    assert "7 personnes sur 10" in again
    assert "7 parties" in confirmed
    assert await _known(talk) == {"@p0", "@p1", "@p2"}
    doubts = [event for event in talk.person.seen if "7 personnes" in getattr(event, "body", "")]
    assert len(doubts) == 3  # One unasked, and two answers.


async def test_a_faulty_file_changes_nothing_and_every_fault_is_told(talk, file):
    await _knows(talk, 10)
    file.write_text("username;site\np 1;Lyon\np2;Lyon\n;Bron\np4;Lyon\n")
    with pytest.raises(FileFaults) as faults:
        await _job(talk, "load")
    alarm = await _hears(talk, "people.csv")
    file.write_text("username;site\np1;Lyon;x\n")
    answer = await talk.ask("people reload")

    assert [fault.split(":")[0] for fault in str(faults.value).splitlines()] == ["line 2", "line 4"]
    assert "line 4: has no username" in alarm
    assert "line 2: 3 cells under 2 headings" in answer
    assert len(await _known(talk)) == 10


async def test_a_rehearsal_says_what_would_change_and_changes_nothing(talk, file):
    await _knows(talk, 10)
    file.write_text(_rows(*(f"p{n}" for n in range(1, 10)), site="Bron") + "new;Bron\n")
    lines = await _job(talk, "rehearse")

    assert "\n".join(lines).splitlines() == [
        "«\u00a0people.csv\u00a0»\u00a0: 10 personnes\u202f; 1 nouvelles, 9 modifiées, 1 parties.",
        "Nouveaux\u00a0: new",
        "Modifiés\u00a0: p1, p2, p3, p4, p5, p6, p7, p8, p9",
        "Partis\u00a0: p0",
    ]
