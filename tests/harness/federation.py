"""Two real Synapses that federate: the organization's and a partner's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from parvis.demo.federation import Authority, Crossroads, federating
from tests.harness.homeserver import HomeserverForTests, running_homeserver


@dataclass(frozen=True)
class Federation:
    """Both homeservers."""

    ours: HomeserverForTests
    theirs: HomeserverForTests


@asynccontextmanager
async def running_federation(folder: Path) -> AsyncIterator[Federation]:
    """Start both beside each other."""
    authority, crossroads = Authority(), Crossroads()
    wired = partial(federating, authority=authority, crossroads=crossroads)
    await crossroads.open()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(crossroads.close)
        started = await asyncio.gather(
            *(
                stack.enter_async_context(
                    running_homeserver(
                        folder / name, appservices=4, server_name=f"{name}.test", wired=wired
                    )
                )
                for name in ("ours", "partner")
            )
        )
        yield Federation(*started)
