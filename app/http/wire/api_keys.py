"""Roof, HTTP shapes: API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.http.envelope import Wire
from app.http.wire.moments import MomentWithZone
from app.http.wire.names import IdText, NameText, PermissionName


class ApiKeyCreate(Wire):
    """A key that is to be; without an owner it is the caller's."""

    name: NameText
    assigned_user_id: IdText | None = None
    scopes: Annotated[list[PermissionName], Field(max_length=100)] | None = None
    expires_at: MomentWithZone | None = None


class ApiKeyPatch(Wire):
    """What can change about a key."""

    name: NameText | None = None


class ApiKeyRead(Wire):
    """A key, without the key itself."""

    id: str
    name: str
    prefix: str
    user_id: str
    tenant_id: str
    created_by: str | None
    scopes: list[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ApiKeyCreated(ApiKeyRead):
    """A new key, shown this once."""

    key: str
