"""Roof, HTTP: how far a run of a set is, as events of the same form as those of crawls."""

from __future__ import annotations

from functools import lru_cache

from sse_starlette.event import ServerSentEvent

from app.http.wire.eval_runs import EvalRunRead
from indexing.crawls.progress import Told


@lru_cache(maxsize=256)
def frame_of(told: Told) -> bytes:
    """Say how far a run is: `progress`, or how it ended."""
    said = EvalRunRead.of(told.job).model_dump_json()
    event = str(told.job.status) if told.ended else "progress"
    return ServerSentEvent(said, event=event, id=str(told.changes), sep="\n").encode()
