"""Several processes on one database do every job, each once unless one of them dies, and then at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select

from app.db.tenancy import Reach
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.tables import ENDED, Job
from tests.world.hands import process, until, written
from tests.world.people import organisation
from tests.world.platform import Running, fresh

MANY = 80


async def ask(running: Running, number: int, seconds: float, quick: int = 0, *, held: bool = False) -> None:
    """Promise work for one tenant more; the first `quick` jobs take no time, the others are `held`, perhaps."""
    shop, platform = await organisation(running), running.platform
    async with platform.transactions.open(Reach.one(shop.id)) as transaction:
        for each in range(number):
            said = {"seconds": seconds, "held": held} if each >= quick else {}
            wanted = Wanted(JobKind.INGEST_DOCUMENT, f"doc_{each}", shop.id, said)
            await ask_for(transaction, platform.jobs, wanted)
    await shop.aclose()


async def all_ended(running: Running) -> bool:
    async with running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        left = await transaction.session.scalar(select(func.count()).where(Job.state.not_in(ENDED)))
    return left == 0


@asynccontextmanager
async def hands(running: Running, file: Path, lease: float) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that does jobs under leases of so many seconds, once it does."""
    where = {"home": str(running.settings.home), "database": running.settings.database, "file": str(file)}
    async with process("tests.world.hands", json.dumps({**where, "lease": lease})) as started:
        assert started.stdout is not None
        assert await started.stdout.readline() == b"ready\n"
        yield started


def lines(file: Path, process: asyncio.subprocess.Process) -> int:
    """How many lines a process has left in a file."""
    return sum(line.split()[1] == str(process.pid) for line in file.read_text().splitlines()) if file.exists() else 0


async def test_two_processes_do_each_of_many_jobs_once(tmp_path: Path) -> None:
    file = tmp_path / "done"
    begun, longer = file.with_suffix(".begun"), 60.0  # than a busy machine stands still: no lease ends here
    async with fresh(deeds={}) as running, hands(running, file, longer) as one, hands(running, file, longer) as other:
        await ask(running, MANY, 0.02, held=True)
        await until(lambda: lines(begun, one) > 0 and lines(begun, other) > 0)
        file.with_suffix(".hurry").touch()
        await until(lambda: all_ended(running))
        assert written(file) == {f"doc_{number}": 1 for number in range(MANY)}
        assert len({line.split()[1] for line in file.read_text().splitlines()}) == 2


async def test_what_a_killed_process_had_in_hand_is_done_by_another(tmp_path: Path) -> None:
    file, quick = tmp_path / "done", MANY // 8
    begun, lease = file.with_suffix(".begun"), 5.0
    async with fresh(deeds={}) as running, hands(running, file, lease), hands(running, file, lease) as victim:
        await ask(running, MANY, 0.1, quick, held=True)
        await until(lambda: sum(written(file).values()) == quick)
        await until(lambda: lines(begun, victim) > lines(file, victim))
        victim.kill()
        await victim.wait()
        file.with_suffix(".hurry").touch()
        await until(lambda: all_ended(running))
        done, times = written(file), written(begun)
        assert set(done) == {f"doc_{number}" for number in range(MANY)}
        twice = sum(times.values()) - MANY
        assert 0 < twice <= 8  # what one process may have in hand, and nothing else, was begun again
        async with running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            rows = (await transaction.session.scalars(select(Job))).all()
        assert {row.state for row in rows} == {"done"}
        assert twice <= sum(row.lost for row in rows) <= 8  # some were taken and not yet begun
