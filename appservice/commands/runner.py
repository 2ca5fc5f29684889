"""Hears commands in rooms, runs them one by one, answers in the asker's language.

    message --> row in command_requests (dispatch goes on) --> parse --> execute --> reply row
                                                         one commit: reply in the outbox, request done

A command is a whole direct message, or a line that begins with ``!parvis`` in any room. Edits,
replies, notices and the bot's own words are never commands.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from appservice.commands.form_requests import FormRequests, is_form, read_back
from appservice.commands.grammar import Audience, Command, Request
from appservice.commands.parsing import parse
from appservice.commands.replies import Replies, bare, in_code, quoted
from appservice.commands.requests import AskedLine, RequestStore
from appservice.database import Database
from appservice.errors import (
    CommandError,
    HomeserverError,
    RateLimited,
    Unreachable,
    UsageError,
)
from appservice.events import MESSAGE, RoomEvent
from appservice.ids import RoomId, UserId
from appservice.languages import N_, Language, Phrases, phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing

PREFIX = "!parvis"
_TOO_OLD_MS = 3600 * 1000
_LONGEST_VALUE = 200
_IN_CODE = re.compile(r"`(\{\w+\})`")

log = structlog.get_logger(__name__)


class Standing(Protocol):
    """Knows who belongs to the organization."""

    async def is_staff(self, user_id: UserId) -> bool:
        """Tell whether an account is a member of the organization."""

    def is_admin(self, user_id: UserId) -> bool:
        """Tell whether the config lists an account as admin."""


@dataclass(frozen=True)
class Answer:
    """What the bot says, in Markdown, and whether it did what was asked."""

    text: str
    done: bool


class Listener(Protocol):
    """Takes a line that is no command for an answer to what it asked."""

    async def hear(self, request: Request, line: str) -> object | None:
        """Return what the answer led to, or None if nothing was asked of the sender."""


class _CutOff(Exception):
    """Work that must not rest half done has lost the homeserver; it is done again when that is back."""


class CommandRunner:
    """A Subscriber that turns messages into requests, and the task that carries them out."""

    def __init__(  # noqa: PLR0913 - all that an answer needs
        self,
        *,
        bot: UserId,
        database: Database,
        requests: RequestStore,
        outbox: Outbox,
        commands: Sequence[Command],
        replies: Replies,
        standing: Standing,
        render: Callable[[str], Awaitable[str]],
        default_language: Language,
        room_of: Callable[[UserId], Awaitable[RoomId]],
        ready: Callable[[], Awaitable[object]],
        listeners: Sequence[Listener] = (),
    ) -> None:
        """*render* makes safe HTML of a reply's Markdown; *room_of* finds a person's direct room;
        *ready* returns once what commands go by is known.
        """
        self._bot = bot
        self._database = database
        self._requests = requests
        self._outbox = outbox
        self._commands = tuple(commands)
        self._replies = replies
        self._standing = standing
        self._render = render
        self._default_language = default_language
        self._room_of = room_of
        self._ready = ready
        self._forms = FormRequests(database=database, requests=requests)
        self._listeners = tuple(listeners)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what was asked before."""
        self._wake.set()
        self._task = asyncio.create_task(self._run_for_ever(), name="commands")

    async def close(self) -> None:
        """Stop; a command under way is carried out again at the next start."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Note the commands among *events*."""
        for event in events:
            line = await self._command_line(event)
            if line is not None:
                asked = AskedLine(event.event_id, event.room_id, event.sender, line)
                await self._requests.add(asked)
                self._wake.set()

    def allowed(self, *, admin: bool) -> tuple[Command, ...]:
        """Return the commands that a member, or an admin, may run."""
        return tuple(
            command for command in self._commands if admin or command.audience is Audience.STAFF
        )

    async def _command_line(self, event: RoomEvent) -> str | None:
        if event.type != MESSAGE or event.sender == self._bot or event.state_key is not None:
            return None
        if event.redacted or event.soft_failed or event.content.text("msgtype") != "m.text":
            return None
        if event.relation is not None or time.time() * 1000 - event.origin_ts > _TOO_OLD_MS:
            return None
        body = event.content.text("body").strip()
        word, _, rest = body.partition(" ")
        if word.lower() == PREFIX:
            return rest.strip() or "help"
        return body if body and await self._requests.is_direct(event.room_id) else None

    async def _run_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                for asked in await self._requests.open():
                    if not is_form(asked) or self._forms.is_cut_off(asked):
                        await self._answer(asked)
            except (_CutOff, Unreachable, RateLimited) as error:
                log.info("commands wait for the homeserver", error=str(error))
                await asyncio.sleep(1)
                self._wake.set()
            except Exception:
                log.exception("commands cannot be read")
                await asyncio.sleep(1)
                self._wake.set()

    async def _answer(self, asked: AskedLine) -> None:
        text = await self._carry_out(asked)
        room_id = await self._answered_in(asked)
        if room_id is None:
            await self._database.write(self._requests.done(asked.event_id))
            return
        content = {
            "msgtype": "m.notice",
            "body": bare(text),
            "format": "org.matrix.custom.html",
            "formatted_body": await self._render(text),
            "m.mentions": {},
        }
        reply = Outgoing(key=f"reply:{asked.event_id}", room_id=room_id, content=content)
        await self._database.write(self._outbox.change(reply), self._requests.done(asked.event_id))
        self._outbox.wake.set()

    async def _answered_in(self, asked: AskedLine) -> RoomId | None:
        """Return where an answer is said; the page is gone on which a form was cut off."""
        if not is_form(asked):
            return asked.room_id
        try:
            return await self._room_of(asked.sender)
        except (Unreachable, RateLimited):
            raise
        except HomeserverError as error:
            log.warning("a person cannot be told", user=asked.sender, error=str(error))
            return None

    async def perform(self, command: Command, request: Request) -> Answer:
        """Run a command that a form asks for; the asker has been proved to be who they are."""
        words = phrases(request.language)
        allowed = self.allowed(admin=self._standing.is_admin(request.sender))
        if command not in allowed or not await self._standing.is_staff(request.sender):
            return Answer(words(N_("You may not do this.")), done=False)
        if not command.resumed:
            return await self._said_of(self._run(command, request), words)
        request = await self._forms.begin(command, request)
        try:
            answer = await self._said_of(self._run(command, request), words)
            await self._forms.done(request)
        except _CutOff:
            message = N_("The message server does not answer. I go on when it does, and tell you.")
            answer = Answer(words(message), done=False)
            self._wake.set()
        finally:
            self._forms.leave(request)
        return answer

    async def _run(self, command: Command, request: Request) -> object:
        try:
            await self._ready()
            return await command.execute(request)
        except (Unreachable, RateLimited) as error:
            if command.resumed:
                raise _CutOff(str(error)) from error
            raise

    async def _carry_out(self, asked: AskedLine) -> str:
        """Return the answer to one line, whatever happens."""
        words = phrases(await self._language_of(asked.sender))
        work = self._resume(asked) if is_form(asked) else self._execute(asked, words.language)
        return (await self._said_of(work, words)).text

    async def _said_of(self, work: Awaitable[object], words: Phrases) -> Answer:
        """Return what *work* leads to in words, whatever happens."""
        try:
            return Answer(self._replies.say(await work, words), done=True)
        except _CutOff:
            raise
        except CommandError as error:
            return Answer(_said(error, words), done=False)
        except HomeserverError as error:
            message = N_("The message server refused: {why}. Reference {reference}.")
            return self._failed(error, words, message, why=quoted(str(error)))
        except Exception as error:  # noqa: BLE001 - one of the four loops
            message = N_(
                "That failed, and nothing more is known here. "
                "Tell an admin the reference {reference}."
            )
            return self._failed(error, words, message)

    def _failed(self, error: Exception, words: Phrases, message: str, **values: str) -> Answer:
        reference = secrets.token_hex(3)
        log.error("command failed", reference=reference, exc_info=error)
        return Answer(words(message, reference=reference, **values), done=False)

    async def _resume(self, asked: AskedLine) -> object:
        admin = self._standing.is_admin(asked.sender)
        if not await self._standing.is_staff(asked.sender):
            raise CommandError(N_("I answer members of the organization only."))
        found = read_back(asked, self.allowed(admin=admin), is_admin=admin)
        return await self._run(found.command, found.request)

    async def _execute(self, asked: AskedLine, language: Language) -> object:
        admin = self._standing.is_admin(asked.sender)
        if not admin and not await self._standing.is_staff(asked.sender):
            raise CommandError(N_("I answer members of the organization only."))
        request = Request(
            sender=asked.sender,
            room_id=RoomId(asked.room_id),
            event_id=asked.event_id,
            language=language,
            arguments={},
            is_admin=admin,
        )
        try:
            command, arguments = parse(asked.line, self.allowed(admin=admin))
        except UsageError:
            fact = await self._heard(request, asked.line)
            if fact is None:
                raise
            return fact
        return await self._run(command, replace(request, arguments=arguments))

    async def _heard(self, request: Request, line: str) -> object | None:
        for listener in self._listeners:
            fact = await listener.hear(request, line)
            if fact is not None:
                return fact
        return None

    async def _language_of(self, user_id: UserId) -> Language:
        return await self._requests.language_of(user_id) or self._default_language


def _said(error: CommandError, words: Phrases) -> str:
    """Return the message of *error*; its values may be what the asker wrote."""
    message = words(error.message)
    code = set(_IN_CODE.findall(message))
    for name, value in error.values.items():
        place, short = "{" + name + "}", str(value)[:_LONGEST_VALUE]
        message = message.replace(place, in_code(short) if place in code else quoted(short))
    return message
