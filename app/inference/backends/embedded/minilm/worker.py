"""Ground floor, inference: the threads MiniLM runs on, and whose turn it is."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from threading import Condition, Lock, Thread

from app.errors import PlatformError
from app.inference.backends.embedded.minilm.encoder import Encoder
from app.inference.backends.embedded.minilm.job import Batch, Job
from app.inference.backends.embedded.minilm.pieces import WordPieces
from app.inference.errors import BackendError, BackendRateLimited

_GIVING_WAY = 5
MOST_WAITING = 256_000_000  # bytes of texts and vectors in progress, over all callers


class Worker:
    """Runs jobs batch by batch: short ones together, long ones in turn, one batch of each kind after the other.

    As many batches run at a time as there are threads, also of one job; each has one core, unless it is alone.
    """

    def __init__(self, pieces: WordPieces, encoder: Encoder, *, most_waiting: int = MOST_WAITING) -> None:
        self._pieces = pieces
        self._encoder = encoder
        self._most_waiting = most_waiting
        self._waiting = 0
        self._short: deque[Job] = deque()  # of both: jobs of which something is left to take
        self._long: deque[Job] = deque()
        self._under_way: set[Job] = set()
        self._short_had_its_turn = False
        self._running = 0
        self._closed = False
        self._changed = Condition()
        self._touching = Lock()  # the insides of jobs; cutting takes longer than the loop may wait for `_changed`
        self._threads: list[Thread] = []

    def submit(self, job: Job) -> None:
        """Queue a job, unless too much is queued already."""
        with self._changed:
            if self._closed:
                raise BackendError(_CLOSING)
            if self._waiting and self._waiting + job.weight > self._most_waiting:
                raise BackendRateLimited("local/minilm has too many texts waiting; try again soon.", retry_after=5)
            self._waiting += job.weight
            self._under_way.add(job)
            (self._short if job.short else self._long).append(job)
            if not self._threads:
                self._threads = [
                    Thread(target=self._run, name="minilm", daemon=True) for _ in range(self._encoder.streams)
                ]
                for thread in self._threads:
                    thread.start()
            self._changed.notify()  # one, which wakes another if it leaves something

    def close(self) -> None:
        """End the threads after the batches they are in; whoever still waits is told."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        for job in self._under_way:
            job.fail(BackendError(_CLOSING))

    def _run(self) -> None:
        # Of this thread alone, on Linux, and of those that the runtime starts from it: requests come first.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _GIVING_WAY)
        while turn := self._next_turn():
            try:
                self._embed(turn)
            except Exception as error:  # noqa: BLE001 - this thread serves every caller: it must outlive any one failure
                told = error if isinstance(error, PlatformError) else BackendError(f"local/minilm failed: {error}")
                for job in turn:
                    if self._forget(job):
                        job.fail(told)
            finally:
                with self._changed:
                    self._running -= 1

    def _next_turn(self) -> Sequence[Job]:
        """Wait for work; nothing means the end."""
        with self._changed:
            while True:
                self._drop_abandoned()
                if self._closed:
                    return ()
                if turn := self._choose():
                    self._running += 1
                    return turn
                self._changed.wait()

    def _choose(self) -> Sequence[Job]:
        if self._short and not (self._short_had_its_turn and self._long):
            self._short_had_its_turn = True
            return tuple(self._short)
        self._short_had_its_turn = False
        self._long.rotate(-1)
        return (self._long[-1],) if self._long else ()

    def _drop_abandoned(self) -> None:
        for job in [job for job in self._under_way if job.future.cancelled()]:
            self._forget(job)

    def _embed(self, turn: Sequence[Job]) -> None:
        batch = Batch()
        with self._touching:
            taken = [job for job in turn if not job.fill(batch, self._pieces)]
        alone = self._take_from_queue(taken)
        for run in batch.runs():
            vectors = self._encoder.run([window for _, window in run], alone=alone)
            with self._touching:
                done = [job for (job, window), vector in zip(run, vectors, strict=True) if job.put(window, vector)]
            for job in done:
                if self._forget(job):
                    job.finish()

    def _take_from_queue(self, taken: Sequence[Job]) -> bool:
        """Of these nothing is left to take; says whether nobody else has anything to run."""
        with self._changed:
            for job in taken:
                self._leave_queue(job)
            if self._short or self._long:
                self._changed.notify()
                return False
            return self._running == 1

    def _forget(self, job: Job) -> bool:
        """Let go of a job; says whether it was still held, so that one thread alone tells its caller."""
        with self._changed:
            self._leave_queue(job)
            if job not in self._under_way:
                return False
            self._under_way.remove(job)
            self._waiting -= job.weight
            return True

    def _leave_queue(self, job: Job) -> None:
        queue = self._short if job.short else self._long
        if job in queue:
            queue.remove(job)


_CLOSING = "local/minilm is shutting down."
