"""One organization for all attacks on it."""

from collections.abc import AsyncIterator

import pytest

from tests.harness.homeserver import Homeservers
from tests.harness.house import House, open_house


@pytest.fixture(scope="session")
async def house(
    homeservers: Homeservers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A running Parvis."""
    async with open_house(tmp_path_factory.mktemp("attacked"), await homeservers.one()) as house:
        yield house
