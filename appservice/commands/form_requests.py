"""Requests of forms that must not rest half done: rows among the lines that people wrote to the bot.

    form --> row (COMMIT) --> execute --> row done --> page
                  crash: at the next start execute --> the answer goes to the direct conversation

No room belongs to such a row, and its line is the request as JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from appservice.commands.grammar import Command, Request
from appservice.commands.requests import AskedLine, RequestStore
from appservice.database import Database
from appservice.errors import CommandError
from appservice.ids import EventId, RoomId
from appservice.languages import N_, Language

_NOWHERE = RoomId("")


class _Line(msgspec.Struct, frozen=True):
    """What the row holds."""

    command: str
    arguments: dict[str, str]
    language: Language


@dataclass(frozen=True)
class FormRequest:
    """A row read back."""

    command: Command
    request: Request


class FormRequests:
    """Keeps what forms asked until it is done."""

    def __init__(self, *, database: Database, requests: RequestStore) -> None:
        self._database = database
        self._requests = requests
        self._under_way: list[str] = []

    async def begin(self, command: Command, request: Request) -> Request:
        """Commit a request; the same one that was cut off before goes on under its first name."""
        line = _Line(command.name, dict(sorted(request.arguments.items())), request.language)
        text = msgspec.json.encode(line).decode()
        asked = AskedLine(EventId(request.event_id), _NOWHERE, request.sender, text)
        standing = await self._requests.same(asked) or asked
        self._under_way.append(standing.event_id)
        await self._requests.add(standing)
        return replace(request, event_id=standing.event_id)

    async def done(self, request: Request) -> None:
        """Commit that a request is answered."""
        await self._database.write(self._requests.done(EventId(request.event_id)))

    def leave(self, request: Request) -> None:
        """Work on a request no more; one that is not done waits for the next start."""
        self._under_way.remove(request.event_id)

    def is_cut_off(self, asked: AskedLine) -> bool:
        """Tell whether a row is a form's at which nobody works."""
        return is_form(asked) and asked.event_id not in self._under_way


def is_form(asked: AskedLine) -> bool:
    """Tell whether a row is a form's."""
    return asked.room_id == _NOWHERE


def read_back(asked: AskedLine, commands: Sequence[Command], *, is_admin: bool) -> FormRequest:
    """Return what a form asked, if the asker may still run it."""
    line = msgspec.json.decode(asked.line, type=_Line)
    command = next((one for one in commands if one.name == line.command), None)
    if command is None:
        raise CommandError(N_("You may not do this."))
    request = Request(
        sender=asked.sender,
        room_id=_NOWHERE,
        event_id=asked.event_id,
        language=line.language,
        arguments=line.arguments,
        is_admin=is_admin,
    )
    return FormRequest(command, request)
