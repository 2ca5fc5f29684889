"""What every test may ask for: a real homeserver, a real PostgreSQL, a fresh database."""

import faulthandler
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from playwright.async_api import Browser

from tests.harness.browser import running_chromium
from tests.harness.homeserver import HomeserverForTests, Homeservers
from tests.harness.nursery import Nursery
from tests.harness.postgres import PostgresForTests, running_postgres

# As the program logs: the library's own way draws a picture of every error, which takes a second.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)

_LAST_WORDS = 30.0
"""Seconds within which the process has ended after its last test."""
_MEMORY, _ROOM = Path("/dev/shm"), 4 * 1024**3  # noqa: S108 - a folder of our own below it


def pytest_configure(config: pytest.Config) -> None:
    """Let folders of tests lie in memory, where there is room: what is tried is kill -9, not the disk,
    and homeservers wait for the disk at every step.
    """
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    if roomy and config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix="parvis-tests-", dir=_MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that of several processes none is left alone at the end."""
    items.sort(key=lambda item: "stories" not in item.path.parts)


def pytest_unconfigure(config: pytest.Config) -> None:
    """A thread that nobody ended would hold the process for ever: tell which, and fail.

    One of several processes waits for the others, and is ended by the one that began them.
    """
    if hasattr(config, "workerinput"):
        return
    faulthandler.dump_traceback_later(_LAST_WORDS, exit=True, file=sys.__stderr__)


@pytest.fixture(scope="session")
async def homeservers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Homeservers]:
    """The session's Synapses."""
    async with AsyncExitStack() as stack:
        yield Homeservers(tmp_path_factory.mktemp("homeservers"), stack)


@pytest.fixture(scope="module")
async def homeserver(homeservers: Homeservers) -> HomeserverForTests:
    """A Synapse for the module; take fresh names from it."""
    return await homeservers.one()


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresForTests]:
    """One PostgreSQL for the session."""
    async with running_postgres(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture(scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    """Where `parvis` is started quickly, to be killed; one for the session."""
    opened = await Nursery.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the session; take a fresh context."""
    async with running_chromium() as browser:
        yield browser


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresForTests
) -> str:
    """An empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/parvis.db"
    return await postgres.fresh_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database, where the engine does not matter."""
    return f"sqlite:///{tmp_path}/parvis.db"
