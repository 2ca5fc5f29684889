"""What is built is what runs: the wheel in an environment that holds nothing else."""

import asyncio
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from parvis.demo.synapse import Synapse, SynapseSettings, free_port
from tests.harness.wait import until

ROOT = Path(__file__).parents[1]
# `make test` loads them once, checked against the locked hashes; no test goes out for anything.
WHEELS = Path(sys.prefix) / "wheels"
_PORTS = ("8080", "29331", "29332", "29333")


@dataclass(frozen=True)
class Installed:
    """A fresh environment with Parvis in it, and a folder to work in."""

    python: Path
    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Return what a command did."""
        command = [self.python.with_name("parvis"), *words]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, built from the checkout and installed from files alone."""
    folder = tmp_path_factory.mktemp("fresh")
    _do(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    _do(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile"]
    assert WHEELS.is_dir(), "`make test` loads the wheels"
    _do(*pip, "--no-index", "--find-links", WHEELS, next(folder.glob("*.whl")))
    return Installed(python, folder)


def _do(*command: object) -> None:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_program_names_its_commands(installed: Installed):
    done = installed.run("--help")

    assert done.returncode == 0
    assert "rebuild" in done.stdout


def test_the_demo_says_what_it_lacks(installed: Installed):
    done = installed.run("demo", "--data-dir", str(installed.folder / "demo"))

    assert done.returncode == 1
    assert "parvis[demo]" in done.stderr
    assert "Traceback" not in done.stderr


async def test_what_init_wrote_runs_beside_a_homeserver_and_serves_its_stylesheet(
    installed: Installed,
):
    folder, web = installed.folder, f"http://127.0.0.1:{free_port()}"
    synapse = Synapse(
        SynapseSettings(folder / "hs", "fresh.test", registrations=(folder / "registration.yaml",))
    )
    written = installed.run(
        "init", "--server-name", "fresh.test", "--homeserver-url", synapse.base_url,
        "--organization", "Neuve", "--language", "fr", "--admin", "@ana:fresh.test",
        "--co-creator", "@garde:fresh.test", "--public-url", web, "--folder", str(folder),
    )  # fmt: skip
    assert written.returncode == 0, written.stderr
    _move_to_free_ports(folder, web)
    await synapse.start()
    process = await asyncio.create_subprocess_exec(
        installed.python.with_name("parvis"), "run", "-c", "config.yaml", cwd=folder
    )
    try:
        sheet = await until(lambda: _sheet(web), "the installed program serves", within=30)
        await until(lambda: _bot_stands(synapse.base_url), "the bot stands", within=30)
    finally:
        process.terminate()
        code = await asyncio.wait_for(process.wait(), 15)
        await synapse.stop()

    assert "--serif" in sheet
    assert code == 0


def _move_to_free_ports(folder: Path, web: str) -> None:
    """Several test runs may share a machine, so the written files' own ports are no choice."""
    ports = {port: str(free_port()) for port in _PORTS} | {"8080": web.rpartition(":")[2]}
    for name in ("config.yaml", "registration.yaml"):
        text = (folder / name).read_text("utf-8")
        for old, new in ports.items():
            text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
        (folder / name).write_text(text, "utf-8")


async def _sheet(web: str) -> str:
    """Return the stylesheet that the sign-in page names, once there is one."""
    try:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{web}/login") as answer:
                found = re.search(r'href="(/static/\w+/feed\.css)"', await answer.text())
            if not found:
                return ""
            async with session.get(web + found[1]) as answer:
                return await answer.text() if answer.status == 200 else ""
    except aiohttp.ClientError:
        return ""


async def _bot_stands(homeserver: str) -> bool:
    """Tell whether both sides know each other: the registration made the bot's account."""
    path = "/_matrix/client/v3/profile/@parvis:fresh.test/displayname"
    async with aiohttp.ClientSession() as session, session.get(homeserver + path) as answer:
        return answer.status == 200 and (await answer.json()).get("displayname") == "Parvis"
