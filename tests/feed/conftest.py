"""One organization for all stories of the pages."""

from collections.abc import AsyncIterator

import pytest

from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House, open_house


@pytest.fixture(scope="session")
async def house(
    homeserver: HomeserverForTests, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A running Parvis."""
    async with open_house(tmp_path_factory.mktemp("house"), homeserver) as house:
        yield house
