"""The second door, worker: one event loop and one platform for a whole process that is told from outside to work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.heap import settle
from app.jobs.kinds import Lane
from app.settings import Settings
from app.wiring import open_platform
from tasks.jobs.deeds import Deeds
from tasks.worker.bench import Bench, Pace
from tasks.worker.rounds import Round, making_rounds

SIDE_BY_SIDE = 8  # jobs of one process, once it has seen that they end soon
WORK_SECONDS = 60.0  # how long a call to work is followed; then the broker may be told that it was

log = structlog.get_logger("jobs")


class WorkerProcess:
    """Works when called, from any thread; opened at the first call, so that nothing of it is there before a fork."""

    def __init__(
        self, settings: Settings, deeds: Deeds, rounds: Sequence[Round] = (), pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._deeds = deeds
        self._rounds = rounds
        self._pace = pace
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._bench: Future[Bench] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to open the platform; harmless to repeat, also after it could not be opened."""
        with self._lock:
            if not self._stopped and (self._thread is None or not self._thread.is_alive()):
                self._bench = Future()
                self._thread = threading.Thread(target=self._run, args=[self._bench], name="platform", daemon=True)
                self._thread.start()

    def work(self, lane: Lane) -> None:
        """Do what is due in a lane, one job after the other, for a while or until there is nothing left."""
        self.start()
        with self._lock:
            opened = self._bench
        bench = opened.result()
        if self._loop is not None and not self._stopped:
            asyncio.run_coroutine_threadsafe(self._follow(bench, lane), self._loop).result()

    def stop(self) -> None:
        """Begin no other job, and give back those that do not end soon; returns at once."""
        self._stopped = True
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stopping.set)

    def join(self, seconds: float) -> None:
        """Wait until everything is let go of."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, bench: Future[Bench]) -> None:
        try:
            asyncio.run(self._live(bench))
        except Exception as error:
            if bench.done():
                log.error("worker_broke", exc_info=error)
            else:
                bench.set_exception(error)

    async def _live(self, opened: Future[Bench]) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with open_platform(self._settings) as platform, making_rounds(platform, self._rounds):
            bench = Bench(platform, self._deeds, self._pace)
            settle()
            opened.set_result(bench)
            if not self._stopped:
                await self._stopping.wait()
            await bench.aclose()

    async def _follow(self, bench: Bench, lane: Lane) -> None:
        until = time.monotonic() + WORK_SECONDS
        doing: set[asyncio.Task[None]] = set()
        places = 1
        while not self._stopped and time.monotonic() < until:
            try:
                doing |= set(await bench.begin_some({lane: places - len(doing)}) if len(doing) < places else ())
            except SQLAlchemyError as error:
                log.warning("jobs_unreadable", error=type(error).__name__)
                break
            if not doing:
                return
            ended, doing = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
            # Work that ends soon is done better side by side; what takes long is left to other processes.
            places = min(places + len(ended), SIDE_BY_SIDE) if lane is Lane.INGEST else 1
        if doing:
            await asyncio.wait(doing)
