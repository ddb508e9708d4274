"""A run that is promised is walked by whoever works, and called off while they do."""

from __future__ import annotations

import asyncio

from app.db.tenancy import Reach
from app.jobs.kinds import JobKind
from indexing.crawls.launch import Launch
from indexing.crawls.tables import CrawlJob
from tasks.jobs.all import DEEDS
from tests.indexing.crawls.walks.walking import html, somewhere, web_of
from tests.indexing.documents.filing import filed
from tests.world.patience import eventually, until
from tests.world.people import organisation


async def test_a_promised_run_is_walked_and_one_that_is_called_off_lets_its_walker_go() -> None:
    deeds = {JobKind.CRAWL_WEBSITE: DEEDS[JobKind.CRAWL_WEBSITE]}
    gate = asyncio.Event()
    async with somewhere(deeds) as (site, running):
        acme = await organisation(running)
        plans, _ = await filed(acme)
        web = web_of(site, running, acme, plans["id"])
        site.pages |= {"/": html("/a"), "/a": html(text="one"), "/slow": html(text="slow")}
        site.gates["/slow"] = gate.wait
        walked, slow = await web.start(), await web.start(web.plan(seed_url=f"{web.other_url}/slow"))

        async def ended() -> CrawlJob | None:
            job = await web.job(walked)
            return job if job.status == "completed" else None

        assert (await eventually(ended)).pages_fetched == 2
        await until(lambda: site.waited)
        async with running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            launch = Launch(transaction, running.platform.jobs)
            assert await launch.cancel(await transaction.session.get_one(CrawlJob, slow))
        assert (await web.job(slow)).status == "cancelled"
        gate.set()
        await acme.aclose()
