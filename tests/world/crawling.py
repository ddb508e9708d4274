"""A process that walks one run and then ends; `python -m tests.world.crawling HOME DATABASE HOSTS TENANT RUN`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.telemetry.logging import configure_logging
from app.wiring import open_platform
from tasks.jobs.crawl import crawl_website
from tests.world.platform import settings_for


async def _walk(home: str, database: str, hosts: str, tenant_id: str, run: str) -> None:
    settings = settings_for(Path(home), database, allow_hosts=tuple(hosts.split(",")), crawl_delay=0)
    async with open_platform(settings) as platform:
        held = Held(new_id("job"), tenant_id, JobKind.CRAWL_WEBSITE, run, new_id("lse"), 1)
        await crawl_website(platform, held)


if __name__ == "__main__":
    configure_logging("error", "json")
    asyncio.run(_walk(*sys.argv[1:6]))
