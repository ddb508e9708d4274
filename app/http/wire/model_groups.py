"""Roof, HTTP shapes: groups of models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.http.envelope import Wire
from app.http.wire.models import DisplayName, Slug, unsaid
from app.inference.callable import Modality


class ModelGroupCreate(Wire):
    """A new group."""

    slug: Slug
    display_name: DisplayName
    scope_type: Literal["global", "partner", "tenant"]
    scope_id: Annotated[str, Field(max_length=64)] | None = None


class ModelGroupPatch(Wire):
    """What is to change of a group."""

    slug: Slug = Field(default_factory=unsaid)
    display_name: DisplayName = Field(default_factory=unsaid)


class ModelGroupRead(Wire):
    """A group."""

    id: str
    slug: str
    display_name: str
    scope_type: Literal["global", "partner", "tenant"]
    scope_id: str | None
    created_at: datetime
    updated_at: datetime


class ModelGroupMemberCreate(Wire):
    """A model to be put into a group."""

    model_slug: Slug


class ModelGroupMemberRead(Wire):
    """A model in a group."""

    model_id: str
    model_slug: str
    display_name: str
    modality: Modality
    position: int
    created_at: datetime
