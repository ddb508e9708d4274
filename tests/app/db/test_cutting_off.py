"""Work that is cut off anywhere, once or twice, leaves no connection checked out and none open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from app.clock import SystemClock
from app.db.engine import Database, open_database
from app.db.pool import LastingPool
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from tests.world.patience import PATIENCE, until

pytestmark = pytest.mark.sqlite

Cut = Callable[[asyncio.Task[Any], asyncio.Future[Any] | None], object]


class CutOff:
    """Runs a coroutine and cuts its task off at some of its awaits, counted from one."""

    def __init__(self, work: Coroutine[Any, Any, None], at: set[int], cut: Cut) -> None:
        self.awaits = 0
        self._work, self._at, self._cut = work, at, cut

    async def run(self) -> None:
        await self

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        answer: Any = None
        error: BaseException | None = None
        while True:
            try:
                waited = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration:
                return
            self.awaits += 1
            task = asyncio.current_task()
            if self.awaits in self._at and task is not None:
                self._cut(task, waited)
            answer = error = None
            try:
                answer = yield waited
            except BaseException as raised:  # noqa: BLE001 - the work is to see whatever came
                error = raised


def before_the_answer(task: asyncio.Task[Any], waited: asyncio.Future[Any] | None) -> None:
    """Nothing has been done yet, or is being done."""
    task.cancel()


def with_the_answer(task: asyncio.Task[Any], waited: asyncio.Future[Any] | None) -> None:
    """What was waited for is there, and nobody is left to take it."""
    if waited is None:
        task.cancel()
    else:
        waited.add_done_callback(lambda _: task.cancel())


def database_in(folder: Path) -> Database:
    return open_database(f"sqlite+aiosqlite:///{folder}/cut.db")


async def nothing_open_in(folder: Path) -> None:
    """Every connection holds its file open."""
    await until(lambda: not [file for file in psutil.Process().open_files() if Path(file.path).parent == folder])


async def write_and_read(database: Database) -> None:
    transactions = Transactions(database, SystemClock())
    async with transactions.open(Reach.everywhere()) as transaction:
        await transaction.session.execute(text("CREATE TABLE IF NOT EXISTS cut (number INTEGER)"))
        await transaction.session.execute(text("INSERT INTO cut VALUES (1)"))
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        await transaction.session.execute(text("SELECT * FROM cut"))


async def cut_off(database: Database, at: set[int], cut: Cut) -> int:
    """How many awaits there were."""
    work = CutOff(write_and_read(database), at, cut)
    task = asyncio.ensure_future(work.run())
    await asyncio.wait({task}, timeout=PATIENCE)
    assert task.done(), f"cut off at {at}, it never ended"
    assert task.cancelled() or task.exception() is None
    return work.awaits


async def disposed(database: Database, folder: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        await database.dispose()
    await nothing_open_in(folder)


@pytest.mark.parametrize("again_after", [None, 1, 2, 3])
@pytest.mark.parametrize("cut", [before_the_answer, with_the_answer])
async def test_no_await_is_one_too_many_to_be_cut_off_at(tmp_path: Path, cut: Cut, again_after: int | None) -> None:
    database = database_in(tmp_path)
    awaits = await cut_off(database, set(), cut)
    await disposed(database, tmp_path)
    for first in range(1, awaits + 1):
        fresh = database_in(tmp_path)
        await cut_off(fresh, {first} if again_after is None else {first, first + again_after}, cut)
        await disposed(fresh, tmp_path)


@pytest.mark.parametrize("cut", [before_the_answer, with_the_answer])
async def test_a_database_goes_on_with_every_connection_after_work_was_cut_off_anywhere(
    tmp_path: Path, cut: Cut
) -> None:
    database = database_in(tmp_path)
    pool = database.requests.pool
    assert isinstance(pool, LastingPool)
    awaits = await cut_off(database, set(), cut)
    for first in range(1, awaits + 1):
        await cut_off(database, {first, first + 1}, cut)
        await write_and_read(database)
        await until(lambda: pool.checkedout() == 0)
    await disposed(database, tmp_path)


async def test_what_is_still_out_when_the_database_is_disposed_is_closed_when_it_comes_back(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    at_work, enough = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with Transactions(database, SystemClock()).open(Reach.everywhere()) as transaction:
            await transaction.session.execute(text("SELECT 1"))
            at_work.set()
            await enough.wait()

    working = asyncio.ensure_future(work())
    await at_work.wait()
    disposing = asyncio.ensure_future(database.dispose())
    await asyncio.sleep(0)
    enough.set()
    await asyncio.gather(working, disposing)
    await nothing_open_in(tmp_path)


async def test_what_never_comes_back_is_closed_under_its_user(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    pool = database.requests.pool
    assert isinstance(pool, LastingPool)
    async with database.requests.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await database.requests.dispose()
        await pool.settle(0)
        await nothing_open_in(tmp_path)


async def test_disposing_goes_on_to_the_end_when_it_is_cut_off(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    await write_and_read(database)
    disposing = asyncio.ensure_future(database.dispose())
    await asyncio.sleep(0)
    disposing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await disposing
    await nothing_open_in(tmp_path)
