"""A process that works on a run and then ends; `python -m tests.world.interviewing HOME DATABASE TENANT RUN`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.telemetry.logging import configure_logging
from app.wiring import open_platform
from tasks.jobs.evaluate import run_evaluation
from tests.world.platform import settings_for


def held_by_hand(tenant_id: str, run_id: str) -> Held:
    """The job of a run in somebody's hands."""
    return Held(new_id("job"), tenant_id, JobKind.RUN_EVALUATION, run_id, new_id("lse"), 1)


async def _work(home: str, database: str, tenant_id: str, run_id: str) -> None:
    async with open_platform(settings_for(Path(home), database)) as platform:
        await run_evaluation(platform, held_by_hand(tenant_id, run_id))


if __name__ == "__main__":
    configure_logging("error", "json")
    asyncio.run(_work(*sys.argv[1:5]))
