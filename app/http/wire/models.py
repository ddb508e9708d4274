"""Roof, HTTP shapes: models as callers know them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from app.http.envelope import PageMeta, Wire
from app.http.wire.names import NameText, NotTruth, amount
from app.inference.callable import Modality

DisplayName = NameText
Slug = Annotated[str, Field(min_length=1, max_length=190)]
Description = Annotated[str, Field(max_length=10_000)]
Prompt = Annotated[str, Field(max_length=200_000)]
Tokens = Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
Price = Annotated[Decimal, NotTruth, Field(ge=0, le=1_000_000, decimal_places=6), amount(whole=7, places=6)]
Status = Literal["active", "deprecated"]
Visibility = Literal["all", "tenants"]
Json = dict[str, Any]


def unsaid() -> Any:
    """Stand in for a field that was left out of a change; it is never read."""
    return None


class LinkWrite(Wire):
    """A backend that serves a model: lower priority first, weight among equals."""

    backend_id: Annotated[str, Field(max_length=64)]
    priority: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = 0
    weight: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] = 1


class CapabilitiesWrite(Wire):
    """What a model can do; of a chat model everything is assumed unless said."""

    tools: bool = Field(default_factory=unsaid)
    vision: bool = Field(default_factory=unsaid)
    json_: bool = Field(default_factory=unsaid, alias="json")

    def said(self) -> dict[str, bool]:
        """Only what was said."""
        return self.model_dump(exclude_unset=True, by_alias=True)


Links = Annotated[list[LinkWrite], Field(max_length=100)]
TenantIds = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=10_000)]


class ModelCreate(Wire):
    """A new model."""

    slug: Slug
    display_name: DisplayName
    modality: Modality
    description: Description = ""
    backends: Links = Field(default_factory=list)
    context_window: Tokens | None = None
    max_output_tokens: Tokens | None = None
    system_prompt_template: Prompt | None = None
    default_params: Json = Field(default_factory=dict)
    input_price_per_mtok: Price = Decimal(0)
    output_price_per_mtok: Price = Decimal(0)
    visibility: Visibility = "all"
    tenant_ids: TenantIds = Field(default_factory=list)
    capabilities: CapabilitiesWrite = Field(default_factory=CapabilitiesWrite)
    metadata: Json = Field(default_factory=dict)
    status: Status = "active"


class ModelPatch(Wire):
    """What is to change of a model; null empties what may be empty."""

    slug: Slug = Field(default_factory=unsaid)
    display_name: DisplayName = Field(default_factory=unsaid)
    modality: Modality = Field(default_factory=unsaid)
    description: Description = Field(default_factory=unsaid)
    backends: Links = Field(default_factory=unsaid)
    context_window: Tokens | None = None
    max_output_tokens: Tokens | None = None
    system_prompt_template: Prompt | None = None
    default_params: Json = Field(default_factory=unsaid)
    input_price_per_mtok: Price = Field(default_factory=unsaid)
    output_price_per_mtok: Price = Field(default_factory=unsaid)
    visibility: Visibility = Field(default_factory=unsaid)
    tenant_ids: TenantIds = Field(default_factory=unsaid)
    capabilities: CapabilitiesWrite = Field(default_factory=unsaid)
    metadata: Json = Field(default_factory=unsaid)
    status: Status = Field(default_factory=unsaid)


def _nullable(schema: dict[str, Any]) -> None:
    for name, said in schema["properties"].items():
        if {"type": "null"} not in said.get("anyOf", ()):
            schema["properties"][name] = {"anyOf": [said, {"type": "null"}]}


class ModelPut(ModelPatch):
    """The same for PUT, which ignores nulls as every PUT here does."""

    model_config = ConfigDict(json_schema_extra=_nullable)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, said: Any) -> Any:
        return {name: value for name, value in said.items() if value is not None} if isinstance(said, dict) else said


class LinkRead(Wire):
    """A backend of a model."""

    backend_id: str
    priority: int
    weight: int


class ModelRead(Wire):
    """A model; how it is routed and prompted is shown to those with routing:view."""

    id: str
    slug: str
    display_name: str
    description: str
    modality: Modality
    capabilities: dict[str, bool]
    context_window: int | None
    max_output_tokens: int | None
    system_prompt_template: str | None
    default_params: Json
    input_price_per_mtok: str
    output_price_per_mtok: str
    avatar_url: str | None
    metadata: Json
    status: Status
    visibility: Visibility
    tenant_ids: list[str]
    backends: list[LinkRead] | None
    created_at: datetime
    updated_at: datetime


class ModelItems(Wire):
    """The models of one page."""

    items: list[ModelRead]


class ModelListing(Wire):
    """A page of models, in the shape clients of this list depend on."""

    status: Literal["ok"]
    data: ModelItems
    meta: PageMeta
