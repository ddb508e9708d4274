"""Roof, HTTP shapes: partners, tenants and their settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.http.envelope import Wire
from app.http.wire.names import ExternalId, IdText, NameText, SlugText

Limit = Annotated[int, Field(ge=0, le=1_000_000_000, strict=True)]
ModelSlug = Annotated[str, Field(min_length=1, max_length=190)]


class PartnerCreate(Wire):
    """A partner that is to be."""

    slug: SlugText
    display_name: NameText


class PartnerPatch(Wire):
    """What can change about a partner."""

    display_name: NameText | None = None


class PartnerRead(Wire):
    """A partner."""

    id: str
    slug: str
    display_name: str
    created_at: datetime
    updated_at: datetime


class RateLimitsWrite(Wire):
    """A tenant's own requests per minute; 0 is off, null goes back to the platform's."""

    key: Limit | None = None
    user: Limit | None = None
    tenant: Limit | None = None


class TenantSettingsWrite(Wire):
    """Settings of a tenant; what is left out stays, null goes back to the default."""

    rate_limits: RateLimitsWrite | None = None
    enabled_models: Annotated[list[ModelSlug], Field(max_length=1000)] | None = None

    def said(self) -> dict[str, Any]:
        """What the request says, and nothing it does not."""
        return self.model_dump(exclude_unset=True)


class TenantCreate(Wire):
    """A tenant that is to be."""

    slug: SlugText
    display_name: NameText
    partner_id: IdText
    external_id: ExternalId | None = None
    settings: TenantSettingsWrite | None = None


class TenantPatch(Wire):
    """What can change about a tenant."""

    status: Literal["active", "suspended"] | None = None
    settings: TenantSettingsWrite | None = None
    display_name: NameText | None = None


class TenantRead(Wire):
    """A tenant."""

    id: str
    partner_id: str
    slug: str
    display_name: str
    status: Literal["active", "suspended"]
    settings: dict[str, Any]
    external_id: str | None
    created_at: datetime
    updated_at: datetime
