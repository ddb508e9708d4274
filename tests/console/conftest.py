"""One browser and one tenant of people for all that is tried in the console."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.console.browsing import AXE, BUILT
from tests.world.people import Organisation, organisation
from tests.world.platform import Running

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser of this machine; a page of it is never asked for from elsewhere."""
    if not (BUILT.is_file() and AXE.is_file()):
        pytest.skip("the console is not built here: make console")
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium here: its package is chromium")
    expect.set_options(timeout=15_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def office(running: Running) -> AsyncIterator[Organisation]:
    """The people who use the console in one file of tests."""
    made = await organisation(running)
    yield made
    await made.aclose()
