"""Connections as a file declares them: what differs from those that stand, and how it is made true.

    declared + standing --> Misdeclared (the field and why)
                        --> changes --> words (dry run) | carried out as the bot's commands do it

In its group a connection is known by the name that the file gave it, or by the bot's. What is not
said of it stays as it is.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec import structs

from appservice.errors import CommandError, ParvisError
from appservice.ids import RoomId, UserId
from appservice.languages import N_, Language, Phrases, phrases
from appservice.outbox import Outbox
from bridges.acting.declared import DeclaredAccount
from bridges.announcing import connect
from bridges.auth import AccessToken, BasicAuth, LetterAddress, Scheme
from bridges.base import App
from bridges.connection import Connection, Connections, ConnectionState
from bridges.mapping.failures import MappingFailed, said
from bridges.mapping.mapper import Mapper
from bridges.option_words import NO, SWITCHES, YES, as_words, server_of, source_of, with_words
from bridges.options import AS_USUAL, Mode, Options
from bridges.pulling.asking import Pulling
from bridges.schemes import chosen, scheme_of
from bridges.steering import lacks_secret, leaves, options_of

_LONGEST_NAME, _LONGEST_SECRET = 64, 500
_WORDS = phrases(Language.EN)
"""A file is written in one language, whoever reads it."""
_NOTHING = ("", AS_USUAL, False)


@dataclass(frozen=True)
class Declared:
    """What a file says of one connection; *options* are in the bot's words."""

    name: str
    app: str
    scheme: str | None = None
    paused: bool | None = None
    options: Mapping[str, str] | None = None
    secret: str = ""
    """The secret that its calls are proved with; empty if the file leaves that to us."""
    mapping: str | None = None
    """What calls of any form mean (mapping/text.py)."""
    account: DeclaredAccount | None = None
    """Which account acts for it (acting/declared.py)."""


class Misdeclared(ParvisError):
    """A connection cannot be as it is declared; *field* is what of it, empty if all of it."""

    def __init__(self, field: str, why: CommandError) -> None:
        super().__init__(_WORDS(why.message, **why.values))
        self.field = field

    @classmethod
    def twice(cls, name: str) -> "Misdeclared":
        """Return the fault of a *name* that two connections of a group have."""
        return cls("name", CommandError(N_("{name} stands twice"), name=name))


@dataclass(frozen=True)
class Change:
    """What one connection should be, beside what it is now (None: it is new)."""

    declared: Declared
    app: App
    before: Connection | None
    scheme: str
    options: Options
    paused: bool
    secret: str = ""
    """A secret to be taken in the place of the present one; empty if there is none."""

    @property
    def needed(self) -> bool:
        """Tell whether anything differs."""
        return self.before is None or bool(self.secret) or self.wants != _facts(self.before)

    @property
    def wants(self) -> tuple[str, Options, bool]:
        """Return what can differ."""
        return self.scheme, self.options, self.paused

    def told(self, group: str, words: Phrases) -> str:
        """Return the difference in words, one line each; never a secret."""
        before, name = self.before, self.declared.name
        was, will = _said(_facts(before) if before else _NOTHING), _said(self.wants)
        text = N_("connection “{name}” of “{group}” changes:")
        if before is None:
            text = N_("new connection “{name}”: {app} feeds “{group}”")
        lines = [words(text, name=name, app=self.app.name, group=group)]
        lines += [
            f"  {field}: {was[field] or '—'} → {will[field] or '—'}"
            for field in will
            if was[field] != will[field]
        ]
        if before and before.options.source != self.options.source:
            # It may hold what opens it, so that only its host is named.
            host = server_of(self.options.source)
            lines.append("  source: " + words(N_("another address at {host}"), host=host))
        if (before.options.mapping if before else "") != self.options.mapping:
            text = N_("mapping: as the file has it")
            lines.append(
                "  " + words(text if self.options.mapping else N_("mapping: none any more"))
            )
        if self.secret:
            lines.append("  " + words(N_("secret: the one that is given")))
        return "\n".join(lines)


class Declaring:
    """Compares declarations with what stands, and carries out the difference."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        outbox: Outbox,
        pulling: Pulling,
        maker: UserId,
        takes_letters: bool,
        mapper: Mapper,
    ) -> None:
        """*maker* is in whose name connections are made."""
        self._mapper = mapper
        self._apps = apps
        self._connections = connections
        self._outbox = outbox
        self._pulling = pulling
        self._maker = maker
        self._takes_letters = takes_letters
        self._one_at_a_time = asyncio.Lock()

    async def standing(self, room_id: RoomId) -> Sequence[Connection]:
        """Return what feeds a room now."""
        return await self._connections.in_room(room_id)

    def change(self, declared: Declared, standing: Sequence[Connection]) -> Change:
        """Return what *declared* changes among those *standing* in its room, or raise Misdeclared."""
        app = self._app(declared)
        before = matching(declared, standing)
        if before is None:
            _free_name(declared, app, standing)
        elif before.app != app.slug:
            why = N_("It is a connection of {app}; another app needs another name.")
            raise Misdeclared("app", CommandError(why, app=before.app))
        now = before.options if before else Options(name=declared.name)
        options = _options(declared, app, now)
        scheme = self._scheme(declared, app, before, options.source)
        if before and before.scheme == AccessToken.slug and leaves(app, now, options):
            why = N_("The access token is for {server} alone; connect the other under a new name.")
            error = CommandError(why, server=server_of(now.source))
            raise Misdeclared("options.source", error)
        secret = self._new_secret(declared, app, scheme, before)
        was_paused = before is not None and before.state is ConnectionState.PAUSED
        paused = was_paused if declared.paused is None else declared.paused
        if before and was_paused and not paused and not secret and lacks_secret(before, app):
            why = N_("{app} signs with a secret of its own, which was not given yet.")
            raise Misdeclared("paused", CommandError(why, app=app.name))
        return Change(declared, app, before, scheme.slug, options, paused, secret)

    async def examine(self, change: Change) -> None:
        """Raise Misdeclared if a mapping that is new cannot be used."""
        mapping, form = change.options.mapping, change.app.own_form
        if form is None or not mapping:
            return
        if change.before and change.before.options.mapping == mapping:
            return
        try:
            await self._mapper.check(mapping, form)
        except MappingFailed as error:
            why = N_("That mapping cannot be used: {why}.")
            failure = said(error.failure, _WORDS)
            raise Misdeclared("mapping", CommandError(why, why=failure)) from error

    async def carry_out(self, declared: Declared, room_id: RoomId) -> Connection:
        """Make the connection as it is *declared*, one after the other: two who do the same at the
        same time make one connection.
        """
        async with self._one_at_a_time:
            change = self.change(declared, await self.standing(room_id))
            connection = change.before or await self._begin(change, room_id)
            if change.needed:
                await self._alter(change, connection)
            return await self._connections.get(connection.id)

    async def unshown_secret(self, connection: Connection) -> str | None:
        """Return, once, the secret that was made for *connection* on a file's word, or an empty text
        where its address is all; None afterwards, and where it is another's to show.
        """
        app = self._apps[connection.app]
        rotated = len(connection.secrets) > 1 and connection.old_scheme == connection.scheme
        ours = connection.created_by == self._maker and not (connection.shown or rotated)
        if not ours or app.pull or app.makes_secret(connection.scheme):
            return None
        secret = await self._connections.show_secret(connection.id)
        needed = scheme_of(app, connection.scheme).needs_secret
        return (secret if needed else "") if secret else None

    async def _begin(self, change: Change, room_id: RoomId) -> Connection:
        return await connect(
            self._connections,
            self._outbox,
            app=change.app,
            room_id=room_id,
            creator=self._maker,
            scheme=change.scheme,
            options=change.options,
        )

    async def _alter(self, change: Change, connection: Connection) -> None:
        """Make an existing connection what it should be; each step can be done again."""
        app, identifier = change.app, connection.id
        if change.scheme != connection.scheme:
            await self._connections.choose_scheme(identifier, app, change.scheme)
        if change.options != connection.options:
            # Of what somebody else changes meanwhile, what the file does not say stays.
            declared = change.declared
            await self._connections.alter(identifier, lambda now: _options(declared, app, now))
        if change.secret:
            await self._connections.take_secret(identifier, change.secret)
        is_paused = connection.state is ConnectionState.PAUSED
        if change.paused and not is_paused:
            await self._connections.pause(identifier)
        elif is_paused and not change.paused:
            await self._connections.resume(identifier)
        if app.pull and not change.paused:
            await self._pulling.ask_soon(identifier)
        self._pulling.look()

    def _app(self, declared: Declared) -> App:
        app = self._apps.get(declared.app)
        if app is None or app.sample:
            known = ", ".join(sorted(slug for slug, one in self._apps.items() if not one.sample))
            why = CommandError(N_("No app is called so. There are: {known}"), known=known)
            raise Misdeclared("app", why)
        return app

    def _scheme(
        self, declared: Declared, app: App, before: Connection | None, source: str
    ) -> Scheme:
        if before and declared.scheme in (None, before.scheme):
            return scheme_of(app, before.scheme)
        usual = app.pull.scheme(source) if app.pull else ""
        try:
            scheme = chosen(app, declared.scheme or usual, _WORDS)
        except CommandError as error:
            raise Misdeclared("scheme", error) from error
        if isinstance(scheme, LetterAddress) and not self._takes_letters:
            why = N_("No letters come in here yet. An admin sets that up: `incoming_mail`.")
            raise Misdeclared("app", CommandError(why))
        return scheme

    def _new_secret(
        self, declared: Declared, app: App, scheme: Scheme, before: Connection | None
    ) -> str:
        """Return the secret that is given, if it is not the present one already."""
        given = declared.secret
        if not given:
            return ""
        if isinstance(scheme, LetterAddress) or not scheme.needs_secret:
            why = N_("{app} takes no secret that is given.")
            raise Misdeclared("secret", CommandError(why, app=app.name))
        if len(given) > _LONGEST_SECRET or not given.isprintable():
            raise Misdeclared("secret", CommandError(N_("A sign in it cannot be read.")))
        if isinstance(scheme, BasicAuth) and not all(given.partition(":")):
            raise Misdeclared("secret", CommandError(N_("It is written user:password.")))
        same_way = before is not None and before.scheme == scheme.slug
        if before and same_way and before.shown and self._present_secret(before) == given:
            return ""
        return given

    def _present_secret(self, connection: Connection) -> str:
        return next(iter(self._connections.secrets_of(connection)), "")


def matching(declared: Declared, standing: Sequence[Connection]) -> Connection | None:
    """Return which of those *standing* is meant."""
    named = [one for one in standing if one.options.name == declared.name]
    called = [one for one in standing if one.short == declared.name]
    return next(iter([*named, *called]), None)


def name_of(connection: Connection) -> str:
    """Return how a file calls a connection."""
    return connection.options.name or connection.short


def options_to_write(connection: Connection, app: App) -> Mapping[str, str]:
    """Return the options that a file is to say: the mode, and what is not as usual.

    A feed's address may hold what opens it, as a parameter or a long random part; then it is left
    out, and stays as it is.
    """
    usual, now = as_words(AS_USUAL, _WORDS), as_words(connection.options, _WORDS)
    said = {name: now[name] for name in options_of(app) if now[name] != usual[name]}
    if not _is_public(said.get("source", "")):
        del said["source"]
    return {"mode": now["mode"], **said}


def _is_public(source: str) -> bool:
    return all(_shows_no_key(part) for part in re.split(r"[,\s]+", source) if "://" in part)


def _shows_no_key(address: str) -> bool:
    parts = urlsplit(address)
    return not (parts.query or parts.fragment) and not any(map(_is_random, parts.path.split("/")))


def _is_random(part: str) -> bool:
    """Tell whether a part of an address looks as if nobody was to guess it."""
    digits = sum(sign.isdigit() for sign in part)
    return len(part) >= 16 and digits >= 3 and not part.isdecimal()  # noqa: PLR2004


def _facts(connection: Connection) -> tuple[str, Options, bool]:
    return connection.scheme, connection.options, connection.state is ConnectionState.PAUSED


def _said(facts: tuple[str, Options, bool]) -> Mapping[str, str]:
    """Return what can differ as a file would say it, without the source."""
    scheme, options, paused = facts
    words = {name: text for name, text in as_words(options, _WORDS).items() if name != "source"}
    return {"scheme": scheme, "paused": YES if paused else NO, **words}


def _free_name(declared: Declared, app: App, standing: Sequence[Connection]) -> None:
    """Raise Misdeclared where a new connection cannot have its name."""
    name = declared.name
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Misdeclared("name", CommandError(N_("A name has 1 to 64 signs that can be read.")))
    # What such a one was called is not known either.
    spoilt = next((one for one in standing if one.fault and one.app == app.slug), None)
    if spoilt:
        why = N_("The options of `{name}` cannot be read: mend them by `connection option` first.")
        raise Misdeclared("name", CommandError(why, name=spoilt.short))


def _options(declared: Declared, app: App, now: Options) -> Options:
    """Return what *declared* makes of the options as they are *now*, or raise Misdeclared."""
    given = declared.options or {}
    known = options_of(app)
    for name, value in given.items():
        allowed = {"mode": tuple(Mode), **dict.fromkeys(SWITCHES, (YES, NO))}.get(name, (value,))
        if name not in known:
            why = N_("{app} knows no option “{option}”. Write for example: {known}")
            error = CommandError(why, app=app.name, option=name, known=", ".join(known))
            raise Misdeclared(f"options.{name}", error)
        if value not in allowed:
            why = N_("It must be one of {known}.")
            error = CommandError(why, known=", ".join(allowed))
            raise Misdeclared(f"options.{name}", error)
    for name in given:
        now = _with(now, name, given, app)
    if declared.mapping is not None:
        now = structs.replace(now, mapping=_mapping(declared.mapping, app))
    if app.pull and not now.source:
        try:
            source_of("", app)
        except CommandError as error:
            raise Misdeclared("options", error) from error
    return now


def _mapping(text: str, app: App) -> str:
    if text.strip() and app.own_form is None:
        why = N_("Parvis knows the calls of {app}; there is nothing to map.")
        raise Misdeclared("mapping", CommandError(why, app=app.name))
    return text.replace("\r\n", "\n").strip("\n") if text.strip() else ""


def _with(options: Options, name: str, given: Mapping[str, str], app: App) -> Options:
    try:
        return with_words(options, {name: given[name]}, app, _WORDS)
    except CommandError as error:
        raise Misdeclared(f"options.{name}", error) from error
