"""The second door, jobs: from a run's job to the room that walks."""

from __future__ import annotations

from app.jobs.work import Failed, Held, Outcome
from app.outbound.client import Allowance
from app.wiring import Platform
from indexing.crawls.ending import Endings
from indexing.crawls.run import CrawlRun, CrawlTools

_TOTAL_SECONDS, _READ_SECONDS = 30.0, 10.0  # of one page


async def crawl_website(platform: Platform, held: Held) -> Outcome:
    """Walk as far as one turn goes."""
    return await CrawlRun(tools_of(platform)).run(held)


async def crawl_failed(platform: Platform, held: Held, why: Failed) -> None:
    """Say so on the run."""
    await Endings(platform.transactions, platform.webhooks.wake_soon).fail(held, why.code, why.message)


def tools_of(platform: Platform) -> CrawlTools:
    """What a process walks with."""
    return CrawlTools(
        transactions=platform.transactions,
        writer=platform.writer,
        credentials=platform.credentials,
        access=platform.access,
        switchboard=platform.switchboard,
        blobs=platform.blobs,
        jobs=platform.jobs,
        client=platform.outbound,
        hosts=platform.crawl_hosts,
        tell=platform.webhooks.wake_soon,
        delay=platform.settings.crawl_delay,
        allowance=Allowance(_TOTAL_SECONDS, _READ_SECONDS, platform.settings.max_upload_bytes),
    )
