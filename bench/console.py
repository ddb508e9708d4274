"""How soon a page of the console is ready over many documents, and how smoothly a long list scrolls, in a browser."""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, sync_playwright

from app.console.built import BUILT
from app.serving import prepare
from app.settings import Settings
from app.wiring import open_platform
from bench.pages import web_page
from bench.search_shelf import filled, questions
from bench.servers import KEY, free_port, process

DOCUMENTS, CHUNKS, VISITS, ROWS = 10_000, 20_000, 20, 1_000
_MATRIX = "/v1/modules/scaimatrix/collections"
_STUTTER_MS = 50
_STEP = 120  # pixels a frame: a wheel that is turned fast

# Its heading and what it is for are shown, and nothing says that it is still coming.
_READY = """wanted => {
    const heading = document.querySelector("h1"), there = document.querySelector(wanted);
    const coming = document.querySelector("main .loading, main [aria-busy=true]");
    return heading && there && !coming ? performance.now() : false;
}"""
_SCROLL = """step => new Promise(done => {
    const frames = [];
    let before;
    const frame = now => {
        if (before !== undefined) frames.push(now - before);
        before = now;
        const from = scrollY;
        scrollBy(0, step);
        if (scrollY === from) done(frames); else requestAnimationFrame(frame);
    };
    scrollTo(0, 0);
    requestAnimationFrame(() => requestAnimationFrame(frame));
})"""


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and what is on it once it is ready."""

    name: str
    path: str
    shows: str


def run() -> str:
    """Fill a platform, serve it, and visit it."""
    with tempfile.TemporaryDirectory() as home:
        settings = _settings(Path(home))
        asyncio.run(prepare(settings))
        collection = asyncio.run(_filled(settings))
        with _served(home) as url, _page(url) as page:
            places = _places(collection, _one_more(url, collection))
            visits = [(place, _visited(page, f"{url}{place.path}", place.shows)) for place in places]
            scrolled = _scrolled(page, f"{url}/console/collections/{collection}")
    rows = [
        f"| {place.name} | {statistics.median(took):.0f} | {_p95(took):.0f} | {took[-1]:.0f} |"
        for place, took in visits
    ]
    return "\n".join(["| page | ready: p50 ms | p95 ms | longest ms |", "|---|--:|--:|--:|", *rows, "", scrolled])


def _settings(home: Path) -> Settings:
    no_limits = {f"rate_{name}": 0 for name in ("key", "user", "tenant", "partner")}
    return Settings.model_validate(
        {"home": home, "demo": False, "log_level": "error", "bootstrap_key": KEY, **no_limits}
    )


async def _filled(settings: Settings) -> str:
    async with open_platform(settings) as platform:
        return (await filled(platform, CHUNKS, DOCUMENTS)).collection_id


@contextmanager
def _served(home: str) -> Iterator[str]:
    if not BUILT.is_dir():
        raise SystemExit("the console is not built here: make console")
    port = free_port()
    environment = {"SCAIGRID_HOME": home, "SCAIGRID_PORT": str(port), "SCAIGRID_DEMO": "0"}
    environment |= {"SCAIGRID_LOG_LEVEL": "error", "SCAIGRID_BOOTSTRAP_KEY": KEY}
    environment |= {f"SCAIGRID_RATE_{name}": "0" for name in ("KEY", "USER", "TENANT", "PARTNER")}
    with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _page(url: str) -> Iterator[Page]:
    """A browser of this machine, in which who runs the platform is signed in."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("no Chromium here: its package is chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.add_init_script(f"sessionStorage.setItem('scaigrid.session', JSON.stringify({{bearer: '{KEY}'}}))")
        page.goto(f"{url}/console")
        yield page
        browser.close()


def _one_more(url: str, collection: str) -> str:
    """A document with a file, as all have that came by the door; gives its id."""
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        answer = client.post(f"{_MATRIX}/{collection}/documents", files={"file": ("page.html", _file(), "text/html")})
        answer.raise_for_status()
        made = answer.json()["data"]
        while made["status"] != "indexed":
            time.sleep(0.2)
            made = client.get(f"{_MATRIX}/{collection}/documents/{made['id']}").json()["data"]
        asked = {"model": "local/quote", "messages": [{"role": "user", "content": "What is this?"}]}
        for _ in range(100):  # for the pages that say what was called
            client.post("/v1/inference/chat", json=asked).raise_for_status()
    return str(made["id"])


def _file() -> bytes:
    return web_page(random.Random(7)).data  # noqa: S311 - made-up words


def _places(collection: str, document: str) -> list[Place]:
    asked = quote(questions()[0])
    return [
        Place("Home", "/console", "#health .health-list li"),
        Place("Collections", "/console/collections", "main table tbody tr"),
        Place(
            f"a collection of {DOCUMENTS:,} documents", f"/console/collections/{collection}", "table.documents tbody tr"
        ),
        Place("a document", f"/console/documents/{document}", ".chunks li"),
        Place("Search lab, a search by both", f"/console/search?collection={collection}&query={asked}", ".hits li"),
        Place("Access", f"/console/access?on={collection}", "main [role=tabpanel]"),
        Place("Requests", "/console/requests", "main table tbody tr"),
        Place("Usage", "/console/usage", "main table tbody tr"),
    ]


def _visited(page: Page, address: str, shows: str) -> list[float]:
    """How long each visit takes, in order; the first, which fills what is remembered, is not counted."""
    took = []
    for _ in range(VISITS + 1):
        page.goto("about:blank")
        page.goto(address, wait_until="commit")
        took.append(float(page.wait_for_function(_READY, arg=shows, polling="raf").json_value()))
    return sorted(took[1:])


def _p95(ordered: list[float]) -> float:
    return ordered[(len(ordered) * 95 - 1) // 100]


def _scrolled(page: Page, address: str) -> str:
    rows = page.locator("table.documents tbody tr")
    page.goto(address)
    rows.first.wait_for()
    while (there := rows.count()) < ROWS:
        page.get_by_role("button", name="More").evaluate("more => more.click()")  # nobody has to see it come into view
        page.wait_for_function("n => document.querySelectorAll('table.documents tbody tr').length > n", arg=there)
    frames: list[float] = page.evaluate(_SCROLL, _STEP)
    late = sum(frame > _STUTTER_MS for frame in frames) / len(frames)
    return (
        f"A list of {rows.count():,} rows scrolled to its end, {_STEP} pixels a frame: {len(frames)} frames, "
        f"p50 {statistics.median(frames):.1f} ms, p95 {_p95(sorted(frames)):.1f} ms, the longest {max(frames):.1f} ms, "
        f"{late:.1%} over {_STUTTER_MS} ms."
    )
