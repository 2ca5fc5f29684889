"""What an app declares, as the last part of its folder's page, and all apps in one table.

    python -m tests.bridges.apps.pages

writes these parts anew; a test fails where a page says something else than its app.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from appservice.languages import Language, phrases
from bridges.actions import Actions
from bridges.auth import LetterAddress
from bridges.base import App
from bridges.discovery import apps
from bridges.schemes import SCHEMES
from bridges.steering import options_of
from tests.bridges.apps.goldens import BRIDGES

TABLE = BRIDGES.parent / "docs" / "apps.md"
_MARK = "<!-- What follows is written by: python -m tests.bridges.apps.pages -->"
_WORDS = phrases(Language.EN)
_DEEDS = ("comment", "edit", "delete", "close", "assign", "create")
_MIB = 1024 * 1024


def offered() -> Mapping[str, App]:
    """Return the apps that can be connected."""
    return {slug: app for slug, app in sorted(apps().items()) if not app.sample}


def page_of(app: App) -> Path:
    """Return the page of an app's folder."""
    return BRIDGES / app.slug / "README.md"


def declared(app: App) -> str:
    """Return all that *app* declares, in Markdown."""
    source = " SOURCE" if app.pull else ""
    lines = [_MARK, "", "## What it declares", f"`connect {app.slug} GROUP{source}`, then:", ""]
    lines += list(_steps(app))
    lines += ["", "| event | what it tells | as it begins |", "|---|---|---|"]
    lines += [
        f"| `{one.name}` | {_said(one.meaning)} | {_usual(one.default)} |" for one in app.events
    ]
    lines += ["", *(f"- {fact}" for fact in _facts(app))]
    return "\n".join(lines) + "\n"


def with_declared(text: str, app: App) -> str:
    """Return a page's text with what its app declares as the last part."""
    return text.partition(_MARK)[0].rstrip() + "\n\n" + declared(app)


def table() -> str:
    """Return the page that lists all apps."""
    lines = [
        _MARK,
        "",
        "# Apps",
        "What can be [connected](connections.md), how its calls are proved as usual, and where more stands.",
        "",
        "| app | `connect` | its calls are proved by | events | writes back | asked about what was missed, its webhook |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_row, offered().values())]) + "\n"


def _row(app: App) -> str:
    actions = app.actions
    cells = [
        f"[{app.name}](../bridges/{app.slug}/README.md)",
        f"`{app.slug}`",
        _WORDS(SCHEMES[app.schemes[0].slug]),
        str(len(app.events)),
        "yes" if actions else "",
        ", ".join(_asked(actions)),
    ]
    return f"| {' | '.join(cells)} |"


def _steps(app: App) -> Iterator[str]:
    for number, step in enumerate(app.steps, start=1):
        ways = f" (`{'`, `'.join(step.schemes)}`)" if step.schemes else ""
        yield f"{number}. {_said(step.text)}{ways}"


def _facts(app: App) -> Iterator[str]:
    ways = [_way(app, scheme.slug) for scheme in app.schemes]
    yield f"**Proof of calls**, the usual first: {'; '.join(ways)}."
    yield f"**Fields** on its cards: {', '.join(app.fields) or 'none'}{_free(app)}."
    yield f"**Options** that make a difference: `{'`, `'.join(options_of(app))}`."
    if app.actions:
        yield f"**Writing back**: {', '.join(_deeds(app.actions))}. The account needs {_WORDS(app.actions.needs)}."
        if asked := _asked(app.actions):
            yield f"**Asked**, where there is an account: {', '.join(asked)}."
    yield f"**Limits**: {'; '.join(_limits(app))}."


def _way(app: App, slug: str) -> str:
    maker = ""
    if next(one for one in app.schemes if one.slug == slug).needs_secret:
        maker = ", with a secret that the app makes" if app.makes_secret(slug) else ""
    return f"`{slug}` ({_WORDS(SCHEMES[slug])}{maker})"


def _free(app: App) -> str:
    return ", and others as they are sent" if app.free_fields else ""


def _deeds(actions: Actions) -> Sequence[str]:
    return [name for name in _DEEDS if getattr(actions, name) is not None]


def _asked(actions: Actions | None) -> Sequence[str]:
    known = {"what was missed": "missed", "whether its webhook is on": "webhook"}
    return [what for what, name in known.items() if actions and getattr(actions, name) is not None]


def _limits(app: App) -> Iterator[str]:
    if app.pull:
        yield f"asked every {app.pull.every / 60:.0f} minutes"
        yield f"at first the newest {app.pull.first} things are told"
        return
    if app.schemes[0].slug == LetterAddress.slug:
        yield "a letter of at most `incoming_mail.largest_mb`"
        return
    yield f"a call of at most {app.largest_body // _MIB} MiB"
    if app.begins_anew:
        yield f"what comes back {app.begins_anew} hours after its end is a new card"
    removed = app.answers.removed.status
    yield f"after its removal it is answered {removed}"


def _said(text: str) -> str:
    """Return a msgid as it stands in a table: places in italics."""
    return _WORDS(text).replace("{", "*").replace("}", "*").replace("|", "\\|")


def _usual(default: bool) -> str:  # noqa: FBT001
    return "told" if default else "told where `only` names it"


def write() -> None:
    """Write all of it."""
    TABLE.write_text(table(), "utf-8")
    for app in offered().values():
        page = page_of(app)
        page.write_text(with_declared(page.read_text("utf-8"), app), "utf-8")


if __name__ == "__main__":
    write()
