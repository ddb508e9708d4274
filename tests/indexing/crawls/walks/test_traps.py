"""A run through everything that crawlers fall into comes to its end, and asks for nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.indexing.crawls.walks.walking import Site, Web, somewhere, web_of
from tests.indexing.documents.filing import filed
from tests.world.people import organisation
from tests.world.site import TrapSite, bomb, page
from tests.world.website import Asked, Page

ROOM = 2_000_000  # bytes of a run
WAYS = {
    "/loop/0": ("fetched", None),
    "/calendar/2026/11": ("fetched", None),
    "/shop?a=1&b=2&c=3": ("fetched", None),
    "/deep/": ("fetched", None),
    "/noindex": ("skipped", "noindex"),
    "/copy/1": ("skipped", "canonical"),
    "/original": ("fetched", None),
    "/forbidden/a": ("skipped", "robots"),
    "/missing": ("failed", "http_404"),
    "/status/410": ("failed", "http_410"),
    "/status/500": ("failed", "http_500"),
    "/head": ("failed", "protocol"),
    "/types/film.mp4": ("skipped", "type"),
    "/types/lying.html": ("skipped", "type"),
    "/types/notes.md": ("fetched", None),
    "/types/empty": ("failed", "empty"),
    "/to/circle/0": ("failed", "redirect_loop"),
    "/to/chain/6": ("failed", "too_many_redirects"),
    "/to/private/3": ("failed", "blocked_address"),
    "/to/metadata": ("failed", "blocked_address"),
    "/bomb": ("skipped", "limit_bytes"),
    "/endless": ("skipped", "limit_bytes"),
    "/plain": ("fetched", None),
}


@dataclass(slots=True)
class Trapped(Site):
    """A site that answers with traps."""

    traps: TrapSite = field(default_factory=TrapSite)

    def answer(self, asked: Asked) -> Page:
        """Say what the trap at that path says."""
        self.traps.asked.append(asked)
        return self.traps.answer(asked)


@pytest.fixture
async def trapped() -> AsyncIterator[tuple[Web, TrapSite]]:
    bomb()  # takes its time to be made
    site = Trapped()
    async with somewhere(at=site) as (_, running):
        acme = await organisation(running)
        plans, _ = await filed(acme)
        yield web_of(site, running, acme, plans["id"]), site.traps
        await acme.aclose()


async def test_a_run_comes_out_of_every_trap(trapped: tuple[Web, TrapSite]) -> None:
    web, traps = trapped
    traps.forbid("/forbidden")
    traps.pages["/"] = page(*WAYS, text="home of the traps")
    job = await web.crawl(web.plan(max_depth=4, max_total_bytes=ROOM))
    verdicts = await web.verdicts(job.id)
    assert {path: verdicts[path] for path in WAYS} == WAYS
    assert (job.status, job.pages_queued, job.stopped_by) == ("completed", 0, "limit_bytes")
    assert job.bytes_fetched <= ROOM
    fetched = Counter(
        path.split("/")[1].partition("?")[0] for path, (verdict, _) in verdicts.items() if verdict == "fetched"
    )
    assert fetched["loop"] == 4, "each of a ring, as deep as the plan goes"
    assert fetched["calendar"] == 7, "the months within reach of the first"
    assert fetched["shop"] == 2, "one list, however its parameters stand, and another"
    assert "trap" in {reason for path, (_, reason) in verdicts.items() if path.startswith("/deep/")}
    often = Counter((asked.path, asked.query) for asked in web.site.asked)
    assert {asked for asked, number in often.items() if number > 1} == set()
    assert not any(path.startswith("/forbidden") for path, _ in often)
