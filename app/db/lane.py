"""Ground floor, db: a lane answers questions that arrive together with one piece of synchronous work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from app.errors import Unavailable

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
MOST_WAITING = 20_000  # beyond this the database is not keeping up and newcomers are told so


class Lane(Generic[Ask, Answer]):
    """Batches small database work: one thread, one transaction for all who came while the last one ran.

    An answer always comes from work that started after its question, so it is as fresh as a query of one's own.
    """

    def __init__(self, name: str, work: Callable[[Sequence[Ask]], Sequence[Answer]]) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting: list[tuple[Ask, asyncio.Future[Answer]]] = []
        self._busy = False

    async def ask(self, question: Ask) -> Answer:
        """Wait for the answer to one question."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("The database is not keeping up; try again shortly.", retry_after=1)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if not self._busy:
            self._start(asyncio.get_running_loop())
        return await future

    def close(self) -> None:
        """Finish what is running and stop the thread."""
        self._thread.shutdown(wait=True)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        self._busy = True
        self._thread.submit(self._run, loop, batch)

    def _run(self, loop: asyncio.AbstractEventLoop, batch: list[tuple[Ask, asyncio.Future[Answer]]]) -> None:
        answers: Sequence[Answer] = ()
        fault: Exception | None = None
        try:
            answers = self._work([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is raised again where each question was asked
            fault = error
        loop.call_soon_threadsafe(self._settle, loop, batch, answers, fault)

    def _settle(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[tuple[Ask, asyncio.Future[Answer]]],
        answers: Sequence[Answer],
        fault: Exception | None,
    ) -> None:
        self._busy = False
        if self._waiting:
            self._start(loop)
        for place, (_, future) in enumerate(batch):
            if future.done():
                continue
            if fault is not None:
                future.set_exception(fault)
            else:
                future.set_result(answers[place])
