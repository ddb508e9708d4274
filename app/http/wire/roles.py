"""Roof, HTTP shapes: a tenant's own roles, and the groups that bring roles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from app.http.envelope import Wire
from app.http.wire.names import IdText, PermissionName, RoleName, UniqueName

Description = Annotated[str, StringConstraints(max_length=1000)]
Permissions = Annotated[list[PermissionName], Field(max_length=100)]


class CustomRoleCreate(Wire):
    """A role that is to be."""

    name: UniqueName
    description: Description = ""
    permissions: Permissions


class CustomRolePatch(Wire):
    """What can change about a role."""

    name: UniqueName | None = None
    description: Description | None = None
    permissions: Permissions | None = None


class CustomRoleRead(Wire):
    """A tenant's own role."""

    id: str
    tenant_id: str
    name: str
    description: str
    permissions: list[str]
    created_at: datetime
    updated_at: datetime


class RoleMappingCreate(Wire):
    """A role, or a custom role, that a group is to bring."""

    group_id: IdText
    role: RoleName | None = None
    custom_role_id: IdText | None = None

    @model_validator(mode="after")
    def _one(self) -> RoleMappingCreate:
        if (self.role is None) == (self.custom_role_id is None):
            raise ValueError("say either role or custom_role_id")
        return self


class RoleMappingRead(Wire):
    """A role that a group brings to everybody in it."""

    id: str
    tenant_id: str
    group_id: str
    role: str | None
    custom_role_id: str | None
    created_at: datetime
    updated_at: datetime
