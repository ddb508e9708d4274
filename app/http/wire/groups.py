"""Roof, HTTP shapes: groups and who is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.http.envelope import Wire
from app.http.wire.names import ExternalId, IdText, NameText


class GroupCreate(Wire):
    """A group that is to be."""

    name: NameText
    tenant_id: IdText | None = None
    external_id: ExternalId | None = None


class GroupPatch(Wire):
    """What can change about a group."""

    name: NameText | None = None


class GroupRead(Wire):
    """A group."""

    id: str
    tenant_id: str
    name: str
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class GroupMemberCreate(Wire):
    """Somebody, or another group, that is to be in a group."""

    type: Literal["user", "group"]
    id: IdText


class GroupMemberRead(Wire):
    """Somebody, or another group, directly in a group."""

    type: Literal["user", "group"]
    id: str
    name: str
