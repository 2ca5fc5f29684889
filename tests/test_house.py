"""The house stays as it is drawn: layers, sizes, colours, and docs that know all of it."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("appservice", "bridges", "spaces", "feed", "parvis")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_imports_run_downwards():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_no_file_and_no_function_is_too_long():
    files = {str(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    functions = {
        f"{path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: size for name, size in files.items() if size > 400} == {}
    # Migrations stay as they ran; they read from top to bottom.
    long = {name for name, size in functions.items() if size > 60}
    assert {name for name in long if "/migrations/" not in name} == set()


def test_a_second_setup_installs_nothing():
    if (ROOT / ".venv").is_symlink() or not (ROOT / ".venv").exists():
        pytest.skip("the environment belongs to another checkout")

    make = shutil.which("make") or "make"
    planned = subprocess.run(
        [make, "-n", "setup"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "pip" not in planned.stdout


def test_pages_carry_no_style_or_script_of_their_own():
    for path in (ROOT / "feed" / "templates").glob("*.html"):
        source = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src)", source), path


def test_colours_stand_in_one_file():
    for path in (ROOT / "feed").rglob("*.css"):
        if path.name != "theme.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", path.read_text("utf-8")), path


def test_each_class_of_a_state_has_a_sign_and_a_colour_in_either_theme():
    from bridges.readings import StateClass  # noqa: PLC0415 - as the other programs below

    parts = (ROOT / "feed" / "templates" / "parts.html").read_text("utf-8")
    sheet = (ROOT / "feed" / "static" / "feed.css").read_text("utf-8")
    theme = (ROOT / "feed" / "static" / "theme.css").read_text("utf-8")
    signs = ast.literal_eval(re.search(r"set icons = (\{[^}]+\})", parts)[1])

    assert set(signs) == set(StateClass)
    assert len(set(signs.values())) == len(StateClass)
    for kind in StateClass:
        assert f".state-{kind} {{ color: var(--{kind}); background: var(--{kind}-wash); }}" in sheet
        assert re.search(rf"--{kind}: light-dark\(.*--{kind}-wash: light-dark\(", theme, re.DOTALL)


def test_every_setting_and_command_is_documented():
    from parvis.cli import main  # noqa: PLC0415
    from parvis.config import settings  # noqa: PLC0415

    documented = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert [key for key in settings() if f"`{key}`" not in documented] == []
    commands = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert [name for name in main.commands if f"`parvis {name}" not in commands] == []
    options = {
        option
        for command in (place.load() for place in main.places.values())
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--config"
    }
    assert [option for option in sorted(options) if f"`{option}`" not in commands] == []


def test_what_is_installed_is_locked_by_hash_and_comes_from_no_named_index():
    locked = [*(ROOT / "requirements").glob("*.txt")]
    entry = re.compile(r"^\S+==[^\n]*\\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.MULTILINE)
    for path in locked:
        text = path.read_text("utf-8")
        assert len(entry.findall(text)) > 50
        assert entry.sub("", text).strip() == "", path
    for path in [*locked, ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]:
        assert not re.search(r"--(extra-)?index-url|//[\w.]*pypi|tool\.uv", path.read_text("utf-8"))


def test_links_between_the_docs_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)?(?:#([^)]+))?\)", page.read_text("utf-8")):
            path, anchor = target
            if path.startswith(("http:", "https:", "mailto:")):
                continue
            file = page.parent / path if path else page
            if not file.exists() or (anchor and anchor not in _anchors(file)):
                broken.append(f"{page.name}: {path}#{anchor}")

    assert broken == []


def _anchors(page: Path) -> set[str]:
    """Return the names that a forge gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one).strip().lower().replace(" ", "-") for one in headings}
