"""What goes wrong under a command is told with a reference, by which the log tells the rest."""

import re

import pytest
import structlog

from appservice.commands.grammar import Command, Request
from appservice.commands.replies import Replies
from appservice.commands.runner import CommandRunner
from appservice.errors import Forbidden
from appservice.ids import RoomId, UserId
from appservice.languages import Language


class _Everybody:
    def is_admin(self, _user_id: UserId) -> bool:
        return False

    async def is_staff(self, _user_id: UserId) -> bool:
        return True


@pytest.mark.parametrize(
    "error", [ValueError("s3cret"), Forbidden(403, "M_FORBIDDEN", "not yours")]
)
async def test_a_failure_has_a_reference_that_the_log_has_too(error: Exception):
    async def fail(_request: Request) -> object:
        raise error

    broken = Command(("group", "show"), "Show a group.", fail)
    nothing = dict.fromkeys(("database", "requests", "outbox", "render"))
    runner = CommandRunner(
        bot=UserId("@parvis:x"), commands=[broken], standing=_Everybody(), replies=Replies(),
        default_language=Language.FR, **nothing,
    )  # fmt: skip
    asked = Request(UserId("@ana:x"), RoomId("!a:x"), "$a", Language.FR, {})

    with structlog.testing.capture_logs() as lines:
        answer = await runner.perform(broken, asked)

    (line,) = lines
    assert re.search(r"référence (\w+)", answer.text, re.IGNORECASE)[1] == line["reference"]
    assert line["exc_info"] is error
    assert not answer.done
    assert "s3cret" not in answer.text
