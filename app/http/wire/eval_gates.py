"""Roof, HTTP shapes: what a persona must reach before it is published."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.http.envelope import Wire
from app.http.wire.names import IdText, NotTruth
from evals.gates import faults
from evals.gating import SavedGate

Limit = Annotated[float, NotTruth, Field(allow_inf_nan=False)]
Limits = Annotated[dict[Annotated[str, Field(min_length=1, max_length=40)], Limit], Field(max_length=40)]


class EvalGatePut(Wire):
    """What a persona must reach, by metric: no less than its floors, no more than its ceilings, and never a leak."""

    set_id: Annotated[IdText, Field(description="Id or slug of a set.")]
    floors: Annotated[Limits, Field(examples=[{"recall@5": 0.75}])] = Field(default_factory=dict)
    ceilings: Annotated[Limits, Field(examples=[{"p95_ms": 4000}])] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_passed(self) -> Self:
        wrong = next(faults(self.floors, self.ceilings), None)
        if wrong is not None:
            raise ValueError(f"{wrong[0]}: {wrong[1]}")
        return self


class EvalGateRead(Wire):
    """What a persona must reach on the newest version of a set before it is published or changed while it is."""

    persona_id: str
    set_id: str
    floors: dict[str, float]
    ceilings: dict[str, float]
    set_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SavedGate) -> Self:
        """Show what was kept."""
        return cls.model_validate(row)
