"""App modules are small and pure: no input, no output, no clock, no Matrix, no HTML."""

import ast
import io
import statistics
import tokenize
from pathlib import Path

import pytest

from tests.bridges.apps.goldens import BRIDGES, folders

OWN = {
    "appservice.errors",
    "appservice.languages",
    "appservice.payload",
    "bridges.actions",
    "bridges.alerts",
    "bridges.auth",
    "bridges.base",
    "bridges.charsets",
    "bridges.emoji",
    "bridges.instants",
    "bridges.listed",
    "bridges.markdown",
    "bridges.markup",
    "bridges.parts",
    "bridges.prose",
    "bridges.readings",
    "bridges.single_alerts",
    "bridges.states",
    "bridges.wishes",
}
STANDARD = {
    "base64",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "email",
    "enum",
    "functools",
    "hashlib",
    "html",
    "itertools",
    "json",
    "math",
    "re",
    "typing",
    "unicodedata",
    "urllib.parse",
}
READERS = {"rss": {"fastfeedparser", "feedparser", "io"}}
"""What may read a document for an app that is asked, from bytes alone."""
IMPURE = {"open", "print", "input", "now", "today", "utcnow", "time", "eval", "exec", "__import__"}
SHARED = [
    BRIDGES / f"{name}.py"
    for name in (
        "actions",
        "alerts",
        "charsets",
        "emoji",
        "markdown",
        "markup",
        "parts",
        "prose",
        "single_alerts",
    )
]
MODULES = [*SHARED, *(path for folder in folders() for path in sorted(folder.glob("*.py")))]


def _imported(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _is_allowed(name: str, folder: str) -> bool:
    own = name in OWN or name == f"bridges.{folder}" or name.startswith(f"bridges.{folder}.")
    return (
        own
        or name in READERS.get(folder, ())
        or any(name == known or name.startswith(known + ".") for known in STANDARD)
    )


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_an_app_module_imports_nothing_that_does_io_and_asks_no_clock(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    called = {
        getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }

    assert [name for name in _imported(tree) if not _is_allowed(name, path.parent.name)] == []
    assert called & IMPURE == set()


def code_lines(text: str) -> int:
    """Count lines that hold code: no blank ones, comments or docstrings."""
    nothing = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in nothing:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def test_app_modules_are_short():
    sizes = {_name(path): code_lines(path.read_text("utf-8")) for path in MODULES}

    assert {name: size for name, size in sizes.items() if size > 150} == {}
    apps = [size for name, size in sizes.items() if name.endswith("/app.py")]
    assert statistics.median(apps) <= 100
