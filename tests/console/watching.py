"""Tabs of a platform of its own that are looked at while one of its parts is away, and never loaded anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Locator, expect

from tests.console.browsing import Tab, tab
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.platform import fresh

PAUSE_MS = 31_000  # longer than a page waits before it asks again


@dataclass(slots=True)
class Watched:
    """A tenant on a platform of its own, and tabs that must never be loaded anew."""

    acme: Organisation
    browser: Browser
    stack: AsyncExitStack

    async def opens(self, key: str) -> Tab:
        seen = await self.stack.enter_async_context(tab(self.browser, self.acme.running.url, key))
        await seen.page.clock.install()  # so that what a page waits for comes at once
        return seen

    async def person(self) -> Tab:
        return await self.opens(self.acme.people["admin"].key)

    async def health(self) -> Tab:
        """Home, as who runs the platform sees it."""
        seen = await self.opens(self.acme.running.root_key)
        await seen.open("/console")
        return seen


@asynccontextmanager
async def watched(browser: Browser, **settings: Any) -> AsyncIterator[Watched]:
    async with fresh(**settings) as running, AsyncExitStack() as stack:
        acme = await organisation(running)
        stack.push_async_callback(acme.aclose)
        yield Watched(acme, browser, stack)


async def stays(seen: Tab) -> None:
    """Remember this page: one that was loaded anew would not."""
    await seen.page.evaluate("window.stayed = true")


async def comes(seen: Tab, wanted: Locator) -> None:
    """Wait until something is shown, as a page does that nobody touches."""
    async with asyncio.timeout(2 * PATIENCE):
        while not await wanted.first.is_visible():
            await seen.page.clock.fast_forward(PAUSE_MS)
            await asyncio.sleep(0.3)


async def is_the_same_page(*tabs: Tab) -> None:
    for seen in tabs:
        assert await seen.page.evaluate("window.stayed === true")
        await expect(seen.page.locator(".skeleton")).to_have_count(0)
