"""Roof, HTTP shapes: how far a collection is on its way to being cut, or its graph extracted, anew."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.http.envelope import Wire
from indexing.maintenance.rechunking import RechunkState
from indexing.overview.collections import Progress

Status = Literal["idle", "queued", "running", "completed", "failed"]


class RebuildRead(Wire):
    """How far it is; the numbers are of documents the caller may read, and `failed` is among `processed`."""

    status: Status
    total: int
    processed: int
    failed: int
    waiting_for: str | None


class RechunkRead(RebuildRead):
    """A re-chunk; one that is paused is queued until it is resumed."""

    paused: bool
    error_code: str | None
    error_message: str | None
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, state: RechunkState, progress: Progress) -> RechunkRead:
        """Show how a re-chunk is getting on."""
        own = {name: getattr(state, name) for name in cls.model_fields if hasattr(state, name)}
        return cls(**own, **progress._asdict())
