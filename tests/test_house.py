"""The house stays as it is drawn: layers, sizes, and a wheel that holds all that it needs."""

import ast
import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import aiohttp

from tests.harness.program import Program
from tests.harness.wait import until

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
    # They read from top to bottom; nothing in them would be clearer apart.
    long = {name for name, size in functions.items() if size > 60}
    assert {
        name for name in long if "/migrations/" not in name and not name.endswith(":open_app")
    } == set()


def test_pages_carry_no_style_or_script_of_their_own():
    for path in (ROOT / "feed" / "templates").glob("*.html"):
        source = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src)", source), path


def test_colours_stand_in_one_file():
    for path in (ROOT / "feed").rglob("*.css"):
        if path.name != "theme.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", path.read_text("utf-8")), path


def test_every_setting_and_command_is_documented():
    from parvis.cli import main  # noqa: PLC0415
    from parvis.config import settings  # noqa: PLC0415

    documented = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert [key for key in settings() if f"`{key}`" not in documented] == []
    commands = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert [name for name in main.commands if f"`parvis {name}" not in commands] == []


async def test_the_wheel_starts_and_serves_its_stylesheet(homeserver, tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, wheel]
    subprocess.run(install, check=True)
    program = Program.prepare(tmp_path, homeserver)
    environment = {**os.environ, "PYTHONPATH": str(target)}
    where = subprocess.run(
        [sys.executable, "-c", "import feed; print(feed.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(target) in where.stdout
    program.process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "parvis", "run", "-c", str(tmp_path / "config.yaml"),
        cwd=tmp_path, env=environment,
    )  # fmt: skip
    await until(program.is_ready, "the installed program serves", within=20)

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{program.url}/login") as answer:
            page = await answer.text()
        sheet = re.search(r'href="(/static/\w+/feed\.css)"', page)[1]
        async with session.get(program.url + sheet) as answer:
            assert answer.status == 200
            assert "--serif" in await answer.text()
    assert await program.stop() == 0
