"""An organization with an admin who talks to its bot."""

from contextlib import AsyncExitStack

import pytest

from tests.harness.house import open_house
from tests.harness.talk import Talk


@pytest.fixture
async def talk(homeserver, tmp_path):
    """The admin of a fresh organization, talking to its bot."""
    async with AsyncExitStack() as stack:
        admin = await homeserver.person("admin")
        house = await stack.enter_async_context(
            open_house(tmp_path, homeserver, admin=admin.user_id)
        )
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        yield await Talk.begin(house, admin)
