"""What goes wrong under a command is told with a reference, by which the log tells the rest."""

import re

import pytest
import structlog

from appservice.commands.grammar import Command, Request
from appservice.commands.replies import Replies
from appservice.commands.requests import RequestStore
from appservice.commands.runner import CommandRunner
from appservice.database import Database
from appservice.errors import Forbidden, Unreachable
from appservice.ids import RoomId, UserId
from appservice.languages import Language
from appservice.migrations import migrate
from appservice.outbox import Outbox
from tests.harness.wait import until


class _Everybody:
    def is_admin(self, _user_id: UserId) -> bool:
        return False

    async def is_staff(self, _user_id: UserId) -> bool:
        return True


async def _at_once() -> None:
    """Everything is known from the beginning."""


@pytest.mark.parametrize(
    "error", [ValueError("s3cret"), Forbidden(403, "M_FORBIDDEN", "not yours")]
)
async def test_a_failure_has_a_reference_that_the_log_has_too(error: Exception):
    async def fail(_request: Request) -> object:
        raise error

    broken = Command(("group", "show"), "Show a group.", fail)
    nothing = dict.fromkeys(("database", "requests", "outbox", "render", "room_of"))
    runner = CommandRunner(
        bot=UserId("@parvis:x"), commands=[broken], standing=_Everybody(), replies=Replies(),
        default_language=Language.FR, ready=_at_once, **nothing,
    )  # fmt: skip
    asked = Request(UserId("@ana:x"), RoomId("!a:x"), "$a", Language.FR, {})

    with structlog.testing.capture_logs() as lines:
        answer = await runner.perform(broken, asked)

    (line,) = lines
    assert re.search(r"référence (\w+)", answer.text, re.IGNORECASE)[1] == line["reference"]
    assert line["exc_info"] is error
    assert not answer.done
    assert "s3cret" not in answer.text


async def test_what_must_not_rest_half_done_goes_on_when_the_homeserver_is_back(sqlite_url: str):
    database = await Database.open(sqlite_url)
    await migrate(database)
    requests, tried = RequestStore(database=database), list[str]()

    async def work(request: Request) -> str:
        tried.append(request.event_id)
        if len(tried) == 1:
            raise Unreachable("gone")
        return "made"

    moving = Command(("group", "move"), "Move a group.", work, resumed=True)
    outbox = Outbox(database=database)
    runner = CommandRunner(
        bot=UserId("@parvis:x"), commands=[moving], standing=_Everybody(),
        replies=Replies({str: lambda fact, _words: fact}), default_language=Language.FR,
        database=database, requests=requests, outbox=outbox, ready=_at_once,
        render=_as_it_is, room_of=_direct,
    )  # fmt: skip
    asked = Request(UserId("@ana:x"), RoomId(""), "web:@ana:x:1", Language.FR, {"group": "one"})
    first = await runner.perform(moving, asked)
    left = await requests.open()
    runner.start()

    async def told() -> object:
        return await outbox.row("reply:web:@ana:x:1")

    reply = await until(told, "the asker is told", within=10)
    await runner.close()
    nothing_left = await requests.open()
    await database.close()

    assert "ne répond pas" in first.text
    assert not first.done
    assert [one.event_id for one in left] == ["web:@ana:x:1"]
    assert tried == ["web:@ana:x:1"] * 2
    assert reply.room_id == "!direct:x"
    assert not nothing_left


async def _as_it_is(text: str) -> str:
    return text


async def _direct(_person: UserId) -> RoomId:
    return RoomId("!direct:x")
