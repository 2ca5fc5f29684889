"""A connection's options as people write and read them: checked against what its app declares.

A list is written with commas; ``all`` or nothing takes it away again.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import structs

from appservice.commands.replies import quoted
from appservice.errors import CommandError, PayloadRejected
from appservice.languages import N_, Language, Phrases, phrases
from bridges.base import App, Pull
from bridges.options import (
    COMMENTS,
    EXCERPT,
    LABELS,
    MEMBERS,
    NOBODY,
    OWNERS,
    Mode,
    Options,
    matches,
)
from bridges.quiet import as_said, parse

YES, NO, ALL, NONE = "yes", "no", "all", "none"
SWITCHES = ("bots", "internal", "confidential", "replies", "public_replies")
LISTS = ("labels", "branches", "projects", "actors", "senders")
EVENTS = ("urgent", "broadcast")
EXTRA_FIELDS: Mapping[str, str] = {
    EXCERPT: N_("description"),
    COMMENTS: N_("comments"),
    LABELS: N_("labels"),
}
"""What may be allowed beside an app's own fields, with its name."""
MODES: Mapping[str, str] = {
    Mode.CARD: N_("a living card, and its history in its thread"),
    Mode.THREAD: N_("a card that stays as it was, and all else in its thread"),
    Mode.FLAT: N_("a post for each event"),
}
ANSWERS = {YES: N_("yes"), NO: N_("no")}
_ACCOUNT = re.compile(r"!?@[^\s:,]+:[^\s,]+\Z")
_MOST, _LONGEST, _LONGEST_SOURCE = 50, 200, 2000
_MOST_DAYS = 3650
_LONGEST_HINT = 180
"""The runner shows 200 signs of a value."""


def with_words(options: Options, given: Mapping[str, str], app: App, words: Phrases) -> Options:
    """Return *options* changed by what was *given*, by name; raise CommandError for what is wrong.

    The error names what may be written, in the language of *words*.
    """
    changed: dict[str, object] = {name: _globs(given[name]) for name in LISTS if name in given}
    changed |= {name: given[name] == YES for name in SWITCHES if given.get(name)}
    named = [name for name in EVENTS if name in given]
    changed |= {name: _known_events(_globs(given[name]), app) for name in named}
    if given.get("senders", "").strip().lower() == ALL:
        changed["senders"] = ("*",)  # Without any, only the organization's own are heard.
    if "only" in given or "except" in given:
        changed["events"] = _events(options, given, app)
    if "quiet" in given:
        changed["quiet"] = parse(_parts(given["quiet"]), words)
    if given.get("renew_days"):
        changed["renew_days"] = _days(given["renew_days"])
    if "fields" in given:
        changed["fields"] = _fields(given["fields"], app, words)
    if "writers" in given:
        changed["writers"] = _writers(given["writers"])
    if given.get("source"):
        changed["source"] = source_of(given["source"], app)
    if given.get("mode"):
        changed["mode"] = Mode(given["mode"])
    return structs.replace(options, **changed)


def as_words(options: Options, words: Phrases) -> Mapping[str, str]:
    """Return all options as they would be written; a list that says nothing is empty."""
    return {
        "mode": options.mode.value,
        "only": ", ".join(glob for glob in options.events if not glob.startswith("!")),
        "except": ", ".join(glob[1:] for glob in options.events if glob.startswith("!")),
        **{name: ", ".join(getattr(options, name)) for name in LISTS},
        **{name: YES if getattr(options, name) else NO for name in SWITCHES},
        "fields": _allowed(options, words),
        "writers": ", ".join(options.writers) or NOBODY,
        "quiet": as_said(options.quiet, words),
        "urgent": ", ".join(options.urgent),
        "broadcast": ", ".join(options.broadcast),
        "renew_days": str(options.renew_days),
        "source": options.source,
    }


def options_said(options: Options, words: Phrases) -> Sequence[str]:
    """Return the mode in words, and each other option that is not as usual, in Markdown."""
    usual, now = as_words(Options(), words), as_words(options, words)
    said = [words(MODES[options.mode])]
    if options.mapping:
        said.append(words(N_("calls are read by a mapping (`connection mapping`)")))
    for name, value in now.items():
        if name == "source" and value:
            # A feed's address may hold what opens it.
            said.append(f"`source`: {quoted(server_of(value))}")
        elif name != "mode" and value != usual[name]:
            shown = words(ANSWERS[value]) if name in SWITCHES else quoted(value)
            said.append(f"`{name}`: {shown or words(N_('all'))}")
    return said


def server_of(source: str) -> str:
    """Return the server that is asked, without what else its owner named."""
    return urlsplit(re.split(r"[,\s]", source)[0]).hostname or source


def source_of(text: str, app: App) -> str:
    """Return what *app* is to ask, or raise CommandError saying how it is written."""
    source = text.strip()
    if app.pull is None:
        raise CommandError(N_("{app} calls Parvis and is not asked."), app=app.name)
    if not _is_source(source, app.pull):
        raise CommandError(
            N_("Say what {app} is to read, for example: {known}"),
            app=app.name,
            known=app.pull.example,
        )
    return source


def _is_source(text: str, pull: Pull) -> bool:
    if not text or len(text) > _LONGEST_SOURCE or not text.isprintable():
        return False
    try:
        pull.question(text, "")
    except PayloadRejected:
        return False
    return True


def _events(options: Options, given: Mapping[str, str], app: App) -> tuple[str, ...]:
    now = as_words(options, phrases(Language.EN))
    only, left_out = (_globs(given.get(name, now[name])) for name in ("only", "except"))
    _known_events((*only, *left_out), app)
    return (*only, *(f"!{glob}" for glob in left_out))


def _known_events(globs: tuple[str, ...], app: App) -> tuple[str, ...]:
    """Return *globs*, each of which means at least one event of *app*; or raise CommandError."""
    for glob in globs:
        if not any(matches(event.name, glob) for event in app.events):
            raise CommandError(
                N_("{app} has no event “{event}”. Write for example: {known}"),
                app=app.name,
                event=glob,
                known=_hint(glob, [event.name for event in app.events], _families(app)),
            )
    return globs


def _days(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) <= _MOST_DAYS:
        return int(text)
    raise CommandError(
        N_("“{text}” is no number of days. Write for example: {known}"), text=text, known="14"
    )


def _fields(text: str, app: App, words: Phrases) -> tuple[str, ...] | None:
    """Return the fields that are allowed, as the app calls them."""
    wanted = _parts(text)
    if not wanted:
        return None
    if [name.lower() for name in wanted] == [NONE]:
        return ()
    return tuple(dict.fromkeys(_field(name, app, words) for name in wanted))


def _field(name: str, app: App, words: Phrases) -> str:
    """Return the field that *name* means, in either language."""
    known = {**{field: field for field in app.fields}, **EXTRA_FIELDS}
    for field, called in known.items():
        names = {field, *(phrases(language)(called) for language in Language)}
        if name.lower() in {one.lower() for one in names}:
            return field
    if app.free_fields:
        return name
    every = [words(called) for called in known.values()]
    raise CommandError(
        N_("{app} shows no field “{field}”. Write for example: {known}"),
        app=app.name,
        field=name,
        known=_hint(name, every, every),
    )


def _writers(text: str) -> tuple[str, ...]:
    """Return who may act: a word alone, or accounts; "all" is too much to be said by the way."""
    parts = tuple(part.strip() for part in re.split(r"[,\n]", text) if part.strip())
    if [part.lower() for part in parts] in ([NOBODY], []):
        return ()
    if [part.lower() for part in parts] in ([OWNERS], [MEMBERS]):
        return (parts[0].lower(),)
    if not all(_ACCOUNT.match(part) for part in parts):
        raise CommandError(
            N_("Write `nobody`, `owners`, `members`, or accounts such as {known}."),
            known="@ana:example.org, @*:example.org",
        )
    return _globs(text)


def _allowed(options: Options, words: Phrases) -> str:
    if options.fields is None:
        return ""
    return ", ".join(words(EXTRA_FIELDS.get(one, one)) for one in options.fields) or NONE


def _globs(text: str) -> tuple[str, ...]:
    globs = _parts(text)
    if any(not glob.removeprefix("!") for glob in globs):
        raise CommandError(
            N_("Something is missing after “!”. Write for example: {known}"), known="!x"
        )
    return globs


def _parts(text: str) -> tuple[str, ...]:
    """Return the parts of a list; nothing, or the word for all, has none."""
    parts = tuple(dict.fromkeys(part.strip() for part in re.split(r"[,\n]", text) if part.strip()))
    if [part.lower() for part in parts] in ([ALL], []):
        return ()
    if len(parts) > _MOST or any(len(part) > _LONGEST for part in parts):
        raise CommandError(
            N_("That is too much: at most {most} parts of {longest} signs."),
            most=_MOST,
            longest=_LONGEST,
        )
    if not all(part.isprintable() for part in parts):
        raise CommandError(N_("A sign in it cannot be read."))
    return parts


def _families(app: App) -> list[str]:
    """Return the events of an app, those with one beginning as one glob."""
    names = [event.name for event in app.events]
    begun = [name.partition(".")[0] for name in names]
    return list(
        dict.fromkeys(
            f"{first}.*" if begun.count(first) > 1 else name
            for first, name in zip(begun, names, strict=True)
        )
    )


def _hint(wrong: str, near: Sequence[str], every: Sequence[str]) -> str:
    """Return what may be written: what looks like *wrong* first, then as much as fits."""
    likely = difflib.get_close_matches(wrong, near, n=3)
    hint = ""
    for one in dict.fromkeys([*likely, *every]):
        if len(hint) + len(one) > _LONGEST_HINT:
            return f"{hint}, …"
        hint = f"{hint}, {one}" if hint else one
    return hint
