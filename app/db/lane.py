"""Ground floor, db: a lane answers questions that arrive together with one piece of synchronous work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from app.db.faults import is_away, is_deadlock
from app.errors import Unavailable

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
MOST_WAITING = 20_000  # beyond this the database is not keeping up and newcomers are told so
_TRIES = 3
_AT_A_TURN = 16  # answers: what each is waited for with may take the loop a millisecond


@dataclass(frozen=True, slots=True)
class _Answered(Generic[Answer]):
    value: Answer


class Lane(Generic[Ask, Answer]):
    """Batches small database work: one thread, one transaction for all who came while the last one ran.

    An answer always comes from work that started after its question, so it is as fresh as a query of one's own. The
    work must be one transaction: what failed because of one question is done again for the others.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Ask]], Sequence[Answer]],
        rest: Callable[[], None] | None = None,
    ) -> None:
        self._work = work
        self._rest = rest  # what is left to do once nobody waits for it
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting: list[tuple[Ask, asyncio.Future[Answer]]] = []
        self._busy = False
        self._closed = False

    async def ask(self, question: Ask) -> Answer:
        """Wait for the answer to one question."""
        if self._closed:
            raise Unavailable(_CLOSING, retry_after=1)
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("The database is not keeping up; try again shortly.", retry_after=1)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if not self._busy:
            self._start(asyncio.get_running_loop())
        return await future

    def close(self) -> None:
        """Finish what is running and stop the thread; who is still waiting is told so."""
        self._closed = True
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(Unavailable(_CLOSING, retry_after=1))
        self._thread.shutdown(wait=True)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        batch = [(question, future) for question, future in batch if not future.done()]
        self._busy = bool(batch)
        if batch:
            self._thread.submit(self._run, loop, batch)

    def _run(self, loop: asyncio.AbstractEventLoop, batch: list[tuple[Ask, asyncio.Future[Answer]]]) -> None:
        outcomes = self._outcomes([question for question, _ in batch])
        loop.call_soon_threadsafe(self._settle, loop, batch, outcomes)
        if self._rest is not None:
            self._rest()

    def _outcomes(self, questions: Sequence[Ask]) -> list[_Answered[Answer] | Exception]:
        try:
            answers = self._try(questions)
            return [_Answered(answer) for _, answer in zip(questions, answers, strict=True)]
        except Exception as error:  # noqa: BLE001 - it is raised again where each question was asked
            if len(questions) == 1 or is_away(error):
                return [error] * len(questions)
        # One bad question must not cost those their answer that merely came with it.
        return [outcome for question in questions for outcome in self._outcomes([question])]

    def _try(self, questions: Sequence[Ask]) -> Sequence[Answer]:
        for _ in range(_TRIES - 1):
            try:
                return self._work(questions)
            except Exception as error:
                if not is_deadlock(error):
                    raise
        return self._work(questions)

    def _settle(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[tuple[Ask, asyncio.Future[Answer]]],
        outcomes: list[_Answered[Answer] | Exception],
    ) -> None:
        self._busy = False
        if self._waiting:
            self._start(loop)
        self._tell(loop, zip((future for _, future in batch), outcomes, strict=True))

    def _tell(
        self,
        loop: asyncio.AbstractEventLoop,
        answered: Iterator[tuple[asyncio.Future[Answer], _Answered[Answer] | Exception]],
    ) -> None:
        """Answer some in this turn of the loop and the others in the next ones, which are everybody else's too."""
        some = list(islice(answered, _AT_A_TURN))
        for future, outcome in some:
            if future.done():
                continue
            if isinstance(outcome, _Answered):
                future.set_result(outcome.value)
            else:
                future.set_exception(outcome)
        if len(some) == _AT_A_TURN:
            loop.call_soon(self._tell, loop, answered)


_CLOSING = "The platform is stopping; try again shortly."
