"""Callers of the embedder share its threads fairly, and those who leave are forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from app.inference.backends.embedded.backend import EmbeddedBackend
from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.encoder import Encoder
from app.inference.backends.embedded.minilm.job import Job
from app.inference.backends.embedded.minilm.pieces import Window, WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.backends.embedded.minilm.worker import Worker
from app.inference.errors import BackendError, BackendRateLimited
from app.inference.ports import EmbedCall
from tests.world.patience import PATIENCE

BULK = ["the annual report of the finance department " * 8] * 100
QUERY = EmbedCall("minilm", ["who wrote it?"])


class Gated(Encoder):
    """Runs nothing before it is let."""

    def __init__(self, cache: GraphCache) -> None:
        super().__init__(cache)
        self.go = Event()

    def run(self, windows: Sequence[Window], *, alone: bool = True) -> Any:
        assert self.go.wait(PATIENCE)
        return super().run(windows, alone=alone)


def new_worker(folder: Path, *, most_waiting: int) -> Worker:
    files = ModelFiles.installed()
    return Worker(WordPieces(files), Encoder(GraphCache(folder, files, threads=2)), most_waiting=most_waiting)


async def test_a_query_does_not_wait_for_a_bulk_call(loaded: EmbeddedBackend) -> None:
    bulk = asyncio.create_task(loaded.embed(EmbedCall("minilm", BULK * 50)))
    await asyncio.sleep(0.1)
    for _ in range(3):
        await loaded.embed(QUERY)
    assert not bulk.done()
    bulk.cancel()


async def test_bulk_calls_take_turns(loaded: EmbeddedBackend) -> None:
    long = asyncio.create_task(loaded.embed(EmbedCall("minilm", BULK * 50)))
    await asyncio.sleep(0)
    await loaded.embed(EmbedCall("minilm", BULK[:20]))
    assert not long.done()
    long.cancel()


def test_work_of_a_cancelled_caller_is_dropped(graph_folder: Path) -> None:
    worker = new_worker(graph_folder, most_waiting=10_000)
    bulk = Job(BULK * 100)
    worker.submit(bulk)
    with pytest.raises(BackendRateLimited):
        worker.submit(Job(["y"]))
    bulk.future.cancel()
    # Had it not been dropped, its place would be taken for a minute.
    _submit_soon(worker, Job(["y"]))
    worker.close()


def test_what_waits_is_bounded_and_let_go_of_when_done(graph_folder: Path) -> None:
    files = ModelFiles.installed()
    encoder = Gated(GraphCache(graph_folder, files, threads=2))
    worker = Worker(WordPieces(files), encoder, most_waiting=10_000)
    first = Job(["x" * 100] * 20)
    worker.submit(first)
    with pytest.raises(BackendRateLimited) as refused:
        worker.submit(Job(["y"]))
    assert refused.value.retry_after
    encoder.go.set()
    first.future.result(timeout=PATIENCE)
    again = Job(["y"])
    _submit_soon(worker, again)
    assert again.future.result(timeout=PATIENCE)[0].shape == (1, 384)
    worker.close()


async def test_closing_ends_the_thread_and_tells_those_who_wait(graph_folder: Path) -> None:
    backend = EmbeddedBackend(graph_folder)
    await backend.embed(QUERY)
    threads = backend._minilm._worker._threads  # its own: others in this process begin and end theirs meanwhile
    assert all(thread.is_alive() for thread in threads)
    bulk = asyncio.create_task(backend.embed(EmbedCall("minilm", BULK * 50)))
    await asyncio.sleep(0.05)
    await backend.aclose()
    with pytest.raises(BackendError, match="shutting down"):
        await bulk
    with pytest.raises(BackendError, match="shutting down"):
        await backend.embed(QUERY)
    assert not any(thread.is_alive() for thread in threads)
    await backend.aclose()


async def test_a_model_that_cannot_load_says_so_and_is_tried_again(tmp_path: Path, graph_folder: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    backend = EmbeddedBackend(blocked)
    with pytest.raises(BackendError, match="cannot be kept"):
        await backend.embed(QUERY)
    blocked.unlink()
    blocked.symlink_to(graph_folder)
    assert (await backend.embed(QUERY)).vectors.shape == (1, 384)
    await backend.aclose()


def _submit_soon(worker: Worker, job: Job) -> None:
    """The result is out a moment before its place is."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return worker.submit(job)
        except BackendRateLimited:
            assert time.monotonic() < end
            time.sleep(0.01)
