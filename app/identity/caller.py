"""Ground floor, identity: who is calling, as a value without any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.errors import PermissionDenied
from app.identity.errors import InsufficientScope
from app.identity.permissions import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """One authenticated caller with everything decided about them for this request."""

    user_id: str
    tenant_id: str
    tenant_slug: str
    partner_id: str
    email: str
    name: str
    roles: frozenset[str]
    held: frozenset[str]  # what the user may do
    groups: frozenset[str]  # every group the user is in, directly or through others
    scopes: frozenset[str] | None = None  # what this credential is narrowed to; None is not at all
    key_id: str | None = None
    key_expires_at: datetime | None = None
    tenant_settings: Mapping[str, Any] = field(default_factory=dict)
    as_of: int = -1  # the epoch of the tenant's people at which all this was true; -1 is unknown

    @property
    def permissions(self) -> frozenset[str]:
        """What this caller may do with this credential."""
        return self.held if self.scopes is None else self.held & self.scopes

    @property
    def is_super_admin(self) -> bool:
        """Whether the caller runs the platform."""
        return Role.SUPER_ADMIN in self.roles

    @property
    def is_partner_admin(self) -> bool:
        """Whether the caller administers their partner's tenants."""
        return Role.PARTNER_ADMIN in self.roles

    @property
    def is_tenant_admin(self) -> bool:
        """Whether the caller administers their own tenant."""
        return Role.TENANT_ADMIN in self.roles

    @property
    def is_administrator(self) -> bool:
        """Whether the caller administers every tenant they can act in, and so sees all that is in it."""
        return self.is_super_admin or self.is_partner_admin or self.is_tenant_admin

    @property
    def identity(self) -> str:
        """What tells this caller from others when answers are kept for them."""
        return self.key_id or self.user_id

    def may(self, permission: str) -> bool:
        """Whether the caller holds a permission through this credential."""
        return permission in self.held and (self.scopes is None or permission in self.scopes)

    def require(self, permission: str) -> None:
        """Refuse unless the caller holds the permission."""
        if permission not in self.held:
            raise PermissionDenied(f"This needs the permission {permission}.")
        if not self.may(permission):
            raise InsufficientScope(f"This key's scopes leave out {permission}.")
