"""Roof, HTTP shapes: people and what they are given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.http.envelope import Wire
from app.http.wire.names import EmailText, ExternalId, IdText, ModulePermissionName, NameText, RoleName

Roles = Annotated[list[RoleName], Field(max_length=20)]


class UserCreate(Wire):
    """Somebody who is to be."""

    email: EmailText
    name: NameText
    roles: Roles
    tenant_id: IdText | None = None
    external_id: ExternalId | None = None


class UserPatch(Wire):
    """What can change about somebody."""

    name: NameText | None = None
    status: Literal["active", "suspended"] | None = None


class UserRolesPut(Wire):
    """The roles somebody is to have from now on; custom roles stay unless they are said."""

    roles: Roles
    custom_role_ids: Annotated[list[IdText], Field(max_length=100)] | None = None


class ModulePermissionsPut(Wire):
    """The module permissions somebody is to hold directly from now on."""

    permissions: Annotated[list[ModulePermissionName], Field(max_length=100)]


class ModulePermissionsRead(Wire):
    """The module permissions somebody holds: given directly, and altogether through roles and groups."""

    permissions: list[str]
    effective: list[str]


class UserRead(Wire):
    """Somebody in a tenant."""

    id: str
    tenant_id: str
    email: str
    name: str
    status: Literal["active", "suspended"]
    roles: list[str]
    custom_role_ids: list[str]
    module_permissions: list[str]
    external_id: str | None
    created_at: datetime
    updated_at: datetime
