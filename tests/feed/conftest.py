"""One organization and one browser for all stories of the pages."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House, open_house

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
async def house(
    homeserver: HomeserverForTests, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A running Parvis."""
    async with open_house(tmp_path_factory.mktemp("house"), homeserver) as house:
        yield house


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser: the machine's, or the one that Playwright installed."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        await browser.close()
