"""Answering: what the time went into while something was looked for, where somebody wants to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

_A_MILLISECOND = 1_000_000  # nanoseconds


class SearchStage(StrEnum):
    """What a search does, or an assistant before it answers; what is not needed is not done."""

    ACCESS = "access"  # learning what the caller may read, and deciding at the end what is shown
    EMBEDDING = "embedding"
    GRAPH = "graph"
    VECTOR = "vector"
    KEYWORD = "keyword"
    PASSAGES = "passages"  # reading what was pointed at
    RERANK = "rerank"
    SHARE = "share"  # an assistant's asking of ScaiDrive
    MODEL = "model"  # an assistant's thinking of better questions
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Took:
    """How long it took, in whole milliseconds; the stages make the total."""

    total_ms: int
    stages: Mapping[SearchStage, int]


@dataclass(slots=True)
class Stopwatch:
    """Tells how long each stage takes; of what goes on at once, each has its share of the time."""

    clock: Callable[[], int] = time.perf_counter_ns
    _began: int = field(init=False)
    _now: int = field(init=False)
    _under_way: dict[SearchStage, int] = field(default_factory=dict, init=False)
    _spent: dict[SearchStage, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._began = self._now = self.clock()

    def enter(self, stage: SearchStage) -> None:
        """Let it begin, perhaps once more."""
        self._go_on()
        self._under_way[stage] = self._under_way.get(stage, 0) + 1
        self._spent.setdefault(stage, 0)

    def leave(self, stage: SearchStage) -> None:
        """Let it end, as often as it began."""
        self._go_on()
        left = self._under_way.pop(stage) - 1
        if left:
            self._under_way[stage] = left

    def took(self) -> Took:
        """What it says now."""
        self._go_on()
        total = (self._now - self._began) // _A_MILLISECOND
        stages = {stage: self._spent[stage] // _A_MILLISECOND for stage in SearchStage if stage in self._spent}
        return Took(total, {**stages, SearchStage.REST: total - sum(stages.values())})

    def _go_on(self) -> None:
        now = self.clock()
        for stage in self._under_way:
            self._spent[stage] += (now - self._now) // len(self._under_way)
        self._now = now


_watch: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time what is done within."""
    watch = Stopwatch()
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


def stage(named: SearchStage) -> AbstractContextManager[None]:
    """What is done within belongs to this stage of whatever is timed; where nothing is, it costs next to nothing."""
    watch = _watch.get()
    return _UNTIMED if watch is None else _Within(watch, named)


@dataclass(slots=True)
class _Within:
    watch: Stopwatch
    stage: SearchStage

    def __enter__(self) -> None:
        self.watch.enter(self.stage)

    def __exit__(self, *_: object) -> None:
        self.watch.leave(self.stage)


_UNTIMED = nullcontext()
