"""Roof, HTTP shapes: personas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, model_validator

from app.http.envelope import Wire
from app.http.wire.collections import Metadata, nullable, without_nulls
from app.http.wire.models import Description, Slug, unsaid
from app.http.wire.names import IdText, NameText, NotTruth, SlugText
from rag.diagnosis.facts import Check, Verdict
from rag.personas.authoring import Authored
from rag.personas.publishing import Assignment
from rag.personas.values import Grounding, SearchType, StatusMode, Strategy

_MOST_MESSAGES = 20
_CONTEXT = "$context"


def _takes_context(said: str) -> str:
    if _CONTEXT not in said:
        raise ValueError(f"must hold {_CONTEXT}, where what was found goes")
    return said


Prompt = Annotated[str, Field(max_length=100_000)]  # every process knows that of each published persona
Messages = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=500)]], Field(max_length=_MOST_MESSAGES)
]
Template = Annotated[str, Field(max_length=20_000), AfterValidator(_takes_context)]
TopK = Annotated[int, Field(ge=1, le=50, strict=True)]
MinScore = Annotated[float, NotTruth, Field(ge=0, le=1, allow_inf_nan=False)]
Status = Literal["draft", "active", "archived"]


class PersonaCreate(Wire):
    """A persona that is to be; a null is as if nothing had been said."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)

    name: NameText
    slug: SlugText | None = None
    description: Description = ""
    model_slug: Slug
    system_prompt: Prompt = ""
    rag_enabled: StrictBool = False
    rag_strategy: Strategy = Strategy.SINGLE_STEP
    rag_top_k: TopK = 5
    rag_min_score: MinScore | None = None
    rag_context_template: Template = _CONTEXT
    rag_search_type: SearchType = SearchType.VECTOR
    status_messages_mode: StatusMode = StatusMode.STANDARD
    rag_status_messages: Messages = Field(default_factory=dict)
    grounding: Grounding = Grounding.PERMISSIVE
    default_params: Metadata = Field(default_factory=dict)
    status: Status = "draft"
    metadata: Metadata = Field(default_factory=dict)

    def meant(self) -> dict[str, Any]:
        """What was said, by the names its room has for it."""
        return _by_column({name: getattr(self, name) for name in type(self).model_fields})


class PersonaPatch(Wire):
    """What is to change of a persona; null empties what may be empty."""

    name: NameText = Field(default_factory=unsaid)
    slug: SlugText = Field(default_factory=unsaid)
    description: Description = Field(default_factory=unsaid)
    model_slug: Slug = Field(default_factory=unsaid)
    system_prompt: Prompt = Field(default_factory=unsaid)
    rag_enabled: StrictBool = Field(default_factory=unsaid)
    rag_strategy: Strategy = Field(default_factory=unsaid)
    rag_top_k: TopK = Field(default_factory=unsaid)
    rag_min_score: MinScore | None = None
    rag_context_template: Template = Field(default_factory=unsaid)
    rag_search_type: SearchType = Field(default_factory=unsaid)
    status_messages_mode: StatusMode = Field(default_factory=unsaid)
    rag_status_messages: Messages = Field(default_factory=unsaid)
    grounding: Grounding = Field(default_factory=unsaid)
    default_params: Metadata = Field(default_factory=unsaid)
    status: Status = Field(default_factory=unsaid)
    metadata: Metadata = Field(default_factory=unsaid)

    def meant(self) -> dict[str, Any]:
        """What was said, by the names its room has for it."""
        return _by_column({name: getattr(self, name) for name in self.model_fields_set})


class PersonaPut(PersonaPatch):
    """The same for PUT, which ignores nulls as every PUT here does."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)


class PersonaRead(Wire):
    """A persona; while it is published, `published_slug` is what it is called by."""

    id: str
    name: str
    slug: str
    description: str
    model_slug: str
    system_prompt: str
    rag_enabled: bool
    rag_strategy: Strategy
    rag_top_k: int
    rag_min_score: float | None
    rag_context_template: str
    rag_search_type: SearchType
    status_messages_mode: StatusMode
    rag_status_messages: dict[str, str]
    grounding: Grounding
    default_params: dict[str, Any]
    status: Status
    metadata: dict[str, Any]
    avatar_url: str | None
    published: bool
    published_model_id: str | None
    published_slug: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, authored: Authored) -> Self:
        """Show a persona."""
        return cls(**_shown(authored))


class PersonaPublish(Wire):
    """Which groups of models a published persona is to be in, beside those it is in already."""

    group_ids: Annotated[list[IdText], Field(max_length=100)] = Field(default_factory=list)


class PersonaAssignmentRead(Wire):
    """Whether a persona is in a group of models now; `out_of_scope` also where there is no such group."""

    group_id: str
    assigned: bool
    reason: Literal["out_of_scope"] | None


class PersonaPublishedRead(PersonaRead):
    """A published persona, and what became of each group that was named."""

    groups: list[PersonaAssignmentRead]

    @classmethod
    def made(cls, authored: Authored, assigned: Sequence[Assignment]) -> Self:
        """Show what was published."""
        groups = [PersonaAssignmentRead.model_validate(one) for one in assigned]
        return cls(**_shown(authored), groups=groups)


class PersonaCheckRead(Wire):
    """One entry of the troubleshooting page, looked into."""

    id: str
    entry: str
    verdict: Verdict
    finding: str
    fix: str | None


class PersonaDiagnosisRead(Wire):
    """All of them; healthy is without any problem."""

    healthy: bool
    checks: list[PersonaCheckRead]

    @classmethod
    def of(cls, checks: Sequence[Check]) -> Self:
        """Show what was found."""
        healthy = all(check.verdict is not Verdict.PROBLEM for check in checks)
        return cls(healthy=healthy, checks=[PersonaCheckRead.model_validate(check) for check in checks])


def _shown(authored: Authored) -> dict[str, Any]:
    row = authored.row
    own = {name: getattr(row, name) for name in PersonaRead.model_fields if hasattr(row, name)}
    return own | {
        "metadata": row.details,
        "published": row.published_model_id is not None,
        "published_slug": authored.published_slug,
    }


def _by_column(said: dict[str, Any]) -> dict[str, Any]:
    return {{"metadata": "details"}.get(name, name): value for name, value in said.items()}
