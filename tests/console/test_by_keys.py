"""Every page by keys alone: whatever can be pressed is reached, seen when it is, and left again."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import Tab, tab
from tests.house.sources import ROOT
from tests.indexing.crawls.http.crawling import save
from tests.world.measuring import RUNS, bench
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import Organisation

pytestmark = pytest.mark.services

_PATH = re.compile(r'path: "(/console[^"]*)", page')
MOST = 400  # presses of a key on one page

# What can be pressed or typed into and is shown; of what one walks through by arrows, the one that takes the focus.
_REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({visibilityProperty: true}))
    .filter(one => one.type !== "radio" || one.checked)
    .map((one, number) => (one.dataset.walked = number, one.outerHTML.slice(0, 100)))"""
_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body || one.dataset.walked === undefined) return null;
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    const shown = style.outlineStyle !== "none" || style.boxShadow !== "none" || one.tagName === "CANVAS";
    return {number: Number(one.dataset.walked), sound: inside && shown, html: one.outerHTML.slice(0, 100)};
}"""


def paths() -> list[str]:
    found = _PATH.findall((ROOT / "app/console/web/src/routes.ts").read_text(encoding="utf-8"))
    assert len(found) > 25
    return found


async def walked(seen: Tab) -> list[str]:
    """What cannot be reached by the Tab key, or cannot be seen when it is."""
    there: list[str] = await seen.page.evaluate(_REACHABLE)
    reached, wrong = set[int](), []
    for _ in range(min(MOST, 2 * len(there) + 5)):
        await seen.page.keyboard.press("Tab")
        focused = await seen.page.evaluate(_FOCUSED)
        if focused is None:
            continue
        if not focused["sound"]:
            wrong.append(f"unseen: {focused['html']}")
        reached.add(focused["number"])
        if len(reached) == len(there):
            break
    return wrong + [f"not reached: {html}" for number, html in enumerate(there) if number not in reached]


async def ids_of(office: Organisation) -> dict[str, str]:
    """Of one thing of each kind that has a page."""
    mine, admin = await bench(office), office.client("admin")
    asked = await mine.asking()
    run = data(await admin.post(RUNS, json={"set": asked, "persona_id": mine.persona["id"]}), 202)
    hook = {"url": "https://example.com/hook", "events": ["request.completed"]}
    return {
        "collections": mine.place.id,
        "documents": mine.place.shelf.documents["open"],
        "personas": mine.persona["id"],
        "crawls": (await save(admin, mine.place.id, seed_url="https://example.com/"))["id"],
        "evals/runs": run["id"],
        "evals/sets": asked,
        "requests": await _request(admin),
        "settings/webhooks": data(await admin.post("/v1/webhooks", json=hook), 201)["id"],
    }


async def _request(admin: httpx.AsyncClient) -> str:
    body = {"model": "local/quote", "messages": [{"role": "user", "content": "How long do refunds take?"}]}
    answer = await admin.post("/v1/inference/chat", json=body)
    made = str(answer.headers["X-Request-Id"])

    async def written() -> bool:
        found = await admin.get("/v1/accounting/usage", params={"request_id": made})
        return bool(found.json()["data"]["items"])

    await eventually(written)
    return made


async def test_everything_on_every_page_is_reached(browser: Browser, office: Organisation) -> None:
    ids, wrong = await ids_of(office), {}
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        for path in paths():
            kind = path.removeprefix("/console/").removesuffix("/:id")
            await seen.open(path.replace(":id", ids.get(kind, "")))
            await expect(seen.page.locator("main [aria-busy=true]")).to_have_count(0)
            if found := await walked(seen):
                wrong[path] = found
        assert wrong == {}
        assert seen.complaints == []
