"""Roof, HTTP shapes: the places a persona reads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.http.envelope import Wire
from app.http.wire.collections import nullable, without_nulls
from app.http.wire.models import unsaid
from app.http.wire.names import NameText, NotTruth, UniqueName
from rag.personas.sources import SavedSource
from rag.personas.values import SourceType

Weight = Annotated[float, NotTruth, Field(ge=0, le=10, allow_inf_nan=False)]
Status = Literal["active", "disabled"]


class PersonaSourceCreate(Wire):
    """A place that is to be read; without a name it is called what the collection is called."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)

    source_type: SourceType
    source_id: UniqueName
    source_name: NameText | None = None
    weight: Weight = 1.0
    status: Status = "active"


class PersonaSourcePut(Wire):
    """What is to change of a place; nulls are ignored."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)

    source_id: UniqueName = Field(default_factory=unsaid)
    source_name: NameText = Field(default_factory=unsaid)
    weight: Weight = Field(default_factory=unsaid)
    status: Status = Field(default_factory=unsaid)

    def meant(self) -> dict[str, Any]:
        """What was said."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class PersonaSourceRead(Wire):
    """A place a persona reads, with the rights of whoever asks; called what its author calls it."""

    id: str
    persona_id: str
    source_type: SourceType
    source_id: str
    source_name: str
    weight: float
    status: Status
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SavedSource) -> Self:
        """Show what was kept."""
        return cls.model_validate(row)
