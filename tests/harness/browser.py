"""A real browser: the machine's, or the one that Playwright installed."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.harness.person import Person

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


_CLOSED_WITHIN = 10.0


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """Start it; leaving ends it."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        await browser.close()


async def close(context: BrowserContext) -> None:
    """Close *context*. Once in some dozen times Chromium never says that it has, where a page was just
    about to load: then the context ends with the browser.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSED_WITHIN):
            await context.close()


async def signed_in(context: BrowserContext, url: str, person: Person) -> Page:
    """Return a page on the feed of *person*."""
    page = await context.new_page()
    await page.goto(f"{url}/login")
    await page.fill("#user", person.user_id)
    await page.fill("#password", person.password)
    await page.click("form.composer button")
    await page.wait_for_url(f"{url}/")
    return page
