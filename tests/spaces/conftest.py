"""An organization with an admin who talks to its bot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House, open_house
from tests.harness.talk import Talk


@asynccontextmanager
async def _organization(folder: Path, homeserver: HomeserverForTests) -> AsyncIterator[House]:
    """Open an organization whose first person is an admin."""
    admin = await homeserver.person("admin")
    async with open_house(folder, homeserver, admin=admin.user_id) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        yield house


@pytest.fixture(scope="module")
async def hall(
    homeserver: HomeserverForTests, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """One organization for all stories of a module."""
    async with _organization(tmp_path_factory.mktemp("hall"), homeserver) as house:
        yield house


@pytest.fixture
async def talk(hall: House) -> Talk:
    """The admin of the module's organization, in a new conversation with its bot."""
    return await Talk.begin(hall, hall.people[0])


@pytest.fixture
async def fresh_talk(homeserver: HomeserverForTests, tmp_path: Path) -> AsyncIterator[Talk]:
    """The same in an organization of its own, for who looks at all that there is."""
    async with _organization(tmp_path, homeserver) as house:
        yield await Talk.begin(house, house.people[0])
