"""A process that is killed in the middle of a walk leaves nothing undone and nothing done twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from functools import partial

import pytest

from tests.indexing.crawls.walks.walking import Web, html
from tests.world.hands import process, until

pytestmark = pytest.mark.slow  # three processes come and go
PAGES = 40


def has_asked(web: Web, walker: asyncio.subprocess.Process, number: int) -> bool:
    return walker.returncode is not None or len(set(web.contents())) >= number


async def test_killed_again_and_again_a_walk_ends_as_if_nothing_had_been(web: Web) -> None:
    chance = random.Random(7)
    paths = ["/", *(f"/{number}" for number in range(1, PAGES))]
    web.site.pages |= {
        path: html(*chance.sample(paths, 6), *paths[number : number + 2], text=f"page {number}")
        for number, path in enumerate(paths)
    }
    thrice_dead = asyncio.Event()

    async def leave_some() -> None:
        if len(set(web.contents())) > 34:  # or a quick walk would be at its end before it is killed
            await thrice_dead.wait()

    web.site.gates |= dict.fromkeys(paths, leave_some)
    job_id = await web.start()
    settings = web.running.settings
    arguments = (str(settings.home), settings.database, ",".join(settings.allow_hosts), web.acme.id, job_id)
    deaths = 0
    for asked in (5, 17, 29):
        async with process("tests.world.crawling", *arguments) as walker:
            await until(partial(has_asked, web, walker, asked))
            await asyncio.sleep(chance.random() * 0.02)  # anywhere between two answers
            if walker.returncode is None:
                walker.kill()
                deaths += 1
            await walker.wait()
    thrice_dead.set()
    assert deaths == 3
    assert (await web.job(job_id)).status == "running"
    assert await web.walk(job_id) is None
    job = await web.job(job_id)
    assert (job.status, job.pages_fetched, job.pages, job.pages_queued) == ("completed", PAGES, PAGES, 0)
    assert job.bytes_fetched == sum(row.bytes for row in await web.ledger(job_id))
    documents = await web.documents()
    assert len(documents) == len({document.source_url for document in documents}) == PAGES
    assert {row.document_id for row in await web.ledger(job_id)} == {document.id for document in documents}
    often = Counter(web.contents())
    assert set(often) == set(paths)
    # Only what was under way when one died, or waited to be written down, was asked for once more.
    assert sum(often.values()) <= PAGES + (8 + 1) * deaths
