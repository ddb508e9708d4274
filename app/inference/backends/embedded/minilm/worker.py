"""Ground floor, inference: the one thread MiniLM runs on, and whose turn it is."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread

from app.errors import PlatformError
from app.inference.backends.embedded.minilm.encoder import Encoder
from app.inference.backends.embedded.minilm.job import Batch, Job
from app.inference.backends.embedded.minilm.pieces import WordPieces
from app.inference.errors import BackendError, BackendRateLimited

_GIVING_WAY = 5
MOST_WAITING = 256_000_000  # bytes of texts and vectors in progress, over all callers


class Worker:
    """Runs jobs batch by batch: short ones together, long ones in turn, one batch of each kind after the other."""

    def __init__(self, pieces: WordPieces, encoder: Encoder, *, most_waiting: int = MOST_WAITING) -> None:
        self._pieces = pieces
        self._encoder = encoder
        self._most_waiting = most_waiting
        self._waiting = 0
        self._short: deque[Job] = deque()
        self._long: deque[Job] = deque()
        self._short_had_its_turn = False
        self._closed = False
        self._changed = Condition()
        self._thread: Thread | None = None

    def submit(self, job: Job) -> None:
        """Queue a job, unless too much is queued already."""
        with self._changed:
            if self._closed:
                raise BackendError("local/minilm is shutting down.")
            if self._waiting and self._waiting + job.weight > self._most_waiting:
                raise BackendRateLimited("local/minilm has too many texts waiting; try again soon.", retry_after=5)
            self._waiting += job.weight
            (self._short if job.short else self._long).append(job)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="minilm", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the batch it is in; whoever still waits is told."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        for job in (*self._short, *self._long):
            job.fail(BackendError("local/minilm is shutting down."))

    def _run(self) -> None:
        # Of this thread alone, on Linux, and of those that the runtime starts from it: requests come first.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _GIVING_WAY)
        while turn := self._next_turn():
            try:
                self._embed(turn)
            except Exception as error:  # noqa: BLE001 - this thread serves every caller: it must outlive any one failure
                told = error if isinstance(error, PlatformError) else BackendError(f"local/minilm failed: {error}")
                for job in turn:
                    job.fail(told)
                    self._forget(job)

    def _next_turn(self) -> Sequence[Job]:
        """Wait for work; nothing means the end."""
        with self._changed:
            while True:
                self._drop_abandoned()
                if self._closed:
                    return ()
                if self._short and not (self._short_had_its_turn and self._long):
                    self._short_had_its_turn = True
                    return tuple(self._short)
                self._short_had_its_turn = False
                if self._long:
                    self._long.rotate(-1)
                    return (self._long[-1],)
                self._changed.wait()

    def _drop_abandoned(self) -> None:
        for job in [job for job in (*self._short, *self._long) if job.future.cancelled()]:
            self._forget(job)

    def _embed(self, turn: Sequence[Job]) -> None:
        batch = Batch()
        for job in turn:
            if not job.started:
                job.start(self._pieces)
            job.fill(batch)
        for run in batch.runs():
            vectors = self._encoder.run([window for _, window in run])
            for (job, window), vector in zip(run, vectors, strict=True):
                job.put(window, vector)
        for job in turn:
            if job.exhausted:
                job.finish()
                self._forget(job)

    def _forget(self, job: Job) -> None:
        with self._changed:
            lane = self._short if job.short else self._long
            if job in lane:
                lane.remove(job)
                self._waiting -= job.weight
