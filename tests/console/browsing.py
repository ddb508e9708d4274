"""A tab of a browser in which somebody uses the console, watched for what must never happen."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from tests.house.sources import ROOT
from tests.world.patience import PATIENCE

BUILT = ROOT / "app/console/built/index.html"
AXE = ROOT / "app/console/web/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / ".pictures"
DESK = (1280, 860)
PHONE = (320, 700)
_LIGHTS: tuple[tuple[Literal["light", "dark"], tuple[int, int]], ...] = (
    ("light", DESK),
    ("dark", DESK),
    ("light", PHONE),
)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_KEPT_AT = "scaigrid.session"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(slots=True)
class Tab:
    """One tab; `strayed` is what it asked of other places, `complaints` what the browser itself found wrong."""

    page: Page
    url: str
    strayed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        """Go to an address of the console and wait until it shows a page."""
        await self.page.goto(f"{self.url}{path}")
        await expect(self.page.locator("h1")).to_be_visible()

    async def shows(self, text: str) -> None:
        """Wait until some text is there to see."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def is_sound(self, name: str) -> None:
        """Take pictures, wide and narrow, light and dark; see that nobody is shut out and nothing went elsewhere."""
        for scheme, (width, height) in _LIGHTS:
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.page.evaluate("scrollTo(0, 0)")  # what stands still on top covers nothing there
            found = await self._violations()
            PICTURES.mkdir(exist_ok=True)
            await self.page.screenshot(path=PICTURES / f"{name}-{scheme}-{width}.png", full_page=True)
            assert not found, f"{name}, {scheme}, {width} px: " + " | ".join(found)
            wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px wider than the screen of {width} px"
        await self.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        await self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        assert self.strayed == []
        assert self.complaints == []

    async def _violations(self) -> list[str]:
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        said = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", _RULES
        )
        return [_told(violation) for violation in said["violations"]]


def _told(violation: dict[str, Any]) -> str:
    where = "; ".join(f"{node['html'][:160]} ({node['failureSummary'][:200]})" for node in violation["nodes"][:4])
    return f"{violation['id']}: {violation['help']}: {where}"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine; a page of it is never asked for from elsewhere."""
    if not (BUILT.is_file() and AXE.is_file()):
        pytest.skip("the console is not built here: make console")
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium here: its package is chromium")
    expect.set_options(timeout=PATIENCE * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def tab(browser: Browser, url: str, key: str | None = None, beside: str = "") -> AsyncIterator[Tab]:
    """A fresh tab, signed in with a key where one is given; it may go to one other place, where that is said."""
    context = await browser.new_context(
        viewport={"width": DESK[0], "height": DESK[1]}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    if key is not None:
        kept = f"""if (!sessionStorage.getItem("{_KEPT_AT}") && !sessionStorage.getItem("out"))
            sessionStorage.setItem("{_KEPT_AT}", JSON.stringify({{bearer: "{key}"}}))"""
        await context.add_init_script(kept)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    made = Tab(page, url)
    known = (f"{url}/", "blob:", "data:", *([f"{beside}/"] if beside else []))

    async def only_here(route: Route) -> None:
        if route.request.url.startswith(known):
            await route.continue_()
        else:
            made.strayed.append(route.request.url)
            await route.abort()

    await context.route("**/*", only_here)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    page.on("console", lambda said: _hear(made, said.type, said.text))
    try:
        yield made
    finally:
        await context.close()


def _hear(made: Tab, kind: str, text: str) -> None:
    """A page that breaks its own policy says so there; what the API refuses is said there too, and is no fault."""
    if kind in {"error", "warning"} and "the server responded with a status of" not in text:
        made.complaints.append(text)
