"""`make bench`: one table of ratios, measured now on this machine. Absolute figures are for orientation."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.bench.cards import cards
from tests.bench.deliveries import deliveries
from tests.bench.groups import groups
from tests.bench.memory import memory
from tests.bench.pages import pages
from tests.bench.pushes import pushes
from tests.bench.table import heading, line
from tests.harness.homeserver import running_homeserver

_ALL = {one.__name__: one for one in (deliveries, cards, pushes, pages, groups, memory)}


async def main(wanted: list[str]) -> None:
    """Measure what is *wanted* (all, if nothing is named) and print it as it is known."""
    print(heading(), flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory() as name:
        async with running_homeserver(Path(name) / "homeserver") as homeserver:
            for key in wanted or _ALL:
                folder = Path(name) / key
                folder.mkdir()
                for figure in await _ALL[key](folder, homeserver):
                    print(line(figure), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
