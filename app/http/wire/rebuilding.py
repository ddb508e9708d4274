"""Roof, HTTP shapes: how far a collection is on its way to being cut, or its graph extracted, anew."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Literal, Self

from app.http.envelope import Wire
from app.http.wire.accounting import Money
from indexing.maintenance.graph_estimate import Estimate
from indexing.maintenance.rebuilds import RebuildState
from indexing.overview.collections import Progress

Status = Literal["idle", "queued", "running", "completed", "failed"]


class ReextractRead(Wire):
    """How far it is; the numbers are of documents the caller may read, and `failed` is among `processed`."""

    status: Status
    total: int
    processed: int
    failed: int
    waiting_for: str | None
    error_code: str | None
    error_message: str | None
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, state: RebuildState, progress: Progress) -> Self:
        """Show how a building is getting on."""
        own = {name: getattr(state, name) for name in cls.model_fields if hasattr(state, name)}
        return cls(**own, **progress._asdict())


class ReextractEstimateRead(Wire):
    """What reading every passage that the caller may read would take: a guess on the safe side, before it is begun."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost: Money
    seconds: int

    @classmethod
    def of(cls, made: Estimate) -> Self:
        """Show an estimate."""
        return cls(**asdict(made))


class RechunkCreate(Wire):
    """How a re-chunk is done; one that is held pauses once all is built, and answers when it is resumed."""

    hold: bool = False


class RechunkRead(ReextractRead):
    """A re-chunk; one that is paused is queued until it is resumed, and one that is built only waits for that."""

    paused: bool
    built: bool
