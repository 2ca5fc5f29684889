"""A page under axe, in the four mixes of width, theme and language that readers have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.harness.browser import close

_SERIOUS = {"serious", "critical"}


@dataclass(frozen=True)
class Mix:
    """How somebody looks at pages."""

    width: int
    scheme: str
    locale: str


MIXES = (
    Mix(1440, "light", "fr-FR"),
    Mix(360, "dark", "en-GB"),
    Mix(1440, "dark", "en-GB"),
    Mix(360, "light", "fr-FR"),
)


@asynccontextmanager
async def looking(chromium: Browser, mix: Mix) -> AsyncIterator[Page]:
    """Lend a page of a fresh browser.

    axe is put into the page, which our content policy rightly forbids everybody else.
    """
    context = await chromium.new_context(
        viewport={"width": mix.width, "height": 900},
        color_scheme=mix.scheme,
        locale=mix.locale,
        bypass_csp=True,
    )
    try:
        yield await context.new_page()
    finally:
        await close(context)


async def faults(page: Page) -> list[str]:
    """Return what is seriously wrong with what is shown, and whether it scrolls sideways."""
    results = await Axe().run(page, options={"resultTypes": ["violations"]})
    found = [
        f"{page.url}: {fault['id']}: {fault['nodes'][0]['html'][:200]}"
        for fault in results.response["violations"]
        if fault["impact"] in _SERIOUS
    ]
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found if wide <= 0 else [*found, f"{page.url} scrolls sideways by {wide}"]
