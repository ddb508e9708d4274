"""Several batches run at a time, also of one call; one that is alone has every core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import numpy as np
import pytest

from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.encoder import Encoder
from app.inference.backends.embedded.minilm.job import Job
from app.inference.backends.embedded.minilm.pieces import Window, WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.backends.embedded.minilm.worker import Worker
from app.inference.errors import BackendError
from tests.world.patience import PATIENCE

FILES = ModelFiles.installed()
LONG = [
    f"Page {number}: {'the harbour master writes down who comes and who goes, and when. ' * 9}" for number in range(24)
]
SHORT = "Who wrote it down?"


@contextmanager
def working(encoder: Encoder) -> Iterator[Worker]:
    worker = Worker(WordPieces(FILES), encoder)
    try:
        yield worker
    finally:
        worker.close()


def asked(worker: Worker, texts: Sequence[str]) -> Future[Any]:
    job = Job(texts)
    worker.submit(job)
    return job.future


class Noting(Encoder):
    """Runs the model, and keeps how."""

    def __init__(self, cache: GraphCache) -> None:
        super().__init__(cache)
        self.alone: list[bool] = []

    def run(self, windows: Sequence[Window], *, alone: bool = True) -> Any:
        self.alone.append(alone)
        return super().run(windows, alone=alone)


class Meeting(Encoder):
    """Lets a run go on only when there is another one beside it."""

    def __init__(self, cache: GraphCache) -> None:
        super().__init__(cache)
        self.met = Event()
        self._here = Barrier(cache.threads, self.met.set)

    def run(self, windows: Sequence[Window], *, alone: bool = True) -> Any:
        if not self.met.is_set():
            self._here.wait(PATIENCE)
        return super().run(windows, alone=alone)


class Failing(Encoder):
    """Cannot run some texts."""

    def run(self, windows: Sequence[Window], *, alone: bool = True) -> Any:
        if any(len(window.ids) > 20 for window in windows):
            raise ValueError("too long for me")
        return super().run(windows, alone=alone)


def test_what_is_asked_at_a_time_is_answered_as_if_alone(graph_folder: Path) -> None:
    with working(Encoder(GraphCache(graph_folder, FILES, threads=1))) as worker:
        one_by_one = [asked(worker, [text]).result(PATIENCE)[0][0] for text in (*LONG, SHORT)]
    with working(Encoder(GraphCache(graph_folder, FILES, threads=3))) as worker:
        together = [asked(worker, LONG), *(asked(worker, [text]) for text in LONG), asked(worker, [SHORT])]
        whole, *single = [future.result(PATIENCE)[0] for future in together]
    assert np.allclose(whole, one_by_one[:-1], atol=1e-5)
    assert np.allclose([vectors[0] for vectors in single], one_by_one, atol=1e-5)


def test_one_call_runs_on_every_thread(graph_folder: Path) -> None:
    encoder = Meeting(GraphCache(graph_folder, FILES, threads=2))
    with working(encoder) as worker:
        vectors, _ = asked(worker, LONG).result(2 * PATIENCE)
    assert encoder.met.is_set()
    assert len(vectors) == len(LONG)


def test_a_question_has_every_core_and_each_batch_of_many_has_one(graph_folder: Path) -> None:
    encoder = Noting(GraphCache(graph_folder, FILES, threads=2))
    with working(encoder) as worker:
        for _ in range(10):  # as the threads start, each looks for work
            asked(worker, [SHORT]).result(PATIENCE)
        assert any(encoder.alone)
        encoder.alone.clear()
        asked(worker, LONG).result(PATIENCE)
    assert not all(encoder.alone)


def test_what_fails_on_one_thread_is_told_once_and_the_others_go_on(graph_folder: Path) -> None:
    with working(Failing(GraphCache(graph_folder, FILES, threads=3))) as worker:
        for _ in range(5):
            failing, other = [asked(worker, LONG) for _ in range(3)], asked(worker, [SHORT] * 40)
            for told in failing:
                with pytest.raises(BackendError, match="too long for me"):
                    told.result(PATIENCE)
            assert other.result(PATIENCE)[0].shape == (40, 384)
