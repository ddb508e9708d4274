"""Roof, HTTP: how far a run of a crawl is, as events; all who watch one share the look, and the words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache

from sse_starlette.event import ServerSentEvent

from app.http.wire.crawl_runs import CrawlJobRead
from indexing.crawls.progress import Progress, Told

PAUSE_SECONDS = 2.0  # between two events, unless the second is the last


@dataclass(frozen=True, slots=True)
class CrawlEvents:
    """One run until it has ended; an event's id is the number of the change."""

    progress: Progress
    first: Told
    after: int | None  # the change that was told last
    pause: float = PAUSE_SECONDS
    frame: Callable[[Told], bytes] | None = None  # None: as crawls are told of

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Tell what is, and then what changes."""
        told = self.after if self.after is not None and self.after <= self.first.changes else None
        with self.progress.watching(self.first) as watched:
            while True:
                now = await watched.beyond(told)
                yield (self.frame or frame_of)(now)
                if now.ended:
                    return
                told = now.changes
                await watched.rest(self.pause)

    async def aclose(self) -> None:
        """There is nothing to let go of."""


@lru_cache(maxsize=256)
def frame_of(told: Told) -> bytes:
    """Say how far a run is: `progress`, or how it ended."""
    said = CrawlJobRead.of(told.job).model_dump_json()
    event = str(told.job.status) if told.ended else "progress"
    return ServerSentEvent(said, event=event, id=str(told.changes), sep="\n").encode()
