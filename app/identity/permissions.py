"""Ground floor, identity: every permission there is, and the roles that bundle them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Core(StrEnum):
    """Permissions of the grid itself."""

    MODELS_LIST = "models:list"
    MODELS_USE = "models:use"
    MODELS_MANAGE = "models:manage"
    ROUTING_VIEW = "routing:view"
    ROUTING_MANAGE = "routing:manage"
    ACCOUNTING_OWN = "accounting:view_own"
    ACCOUNTING_TENANT = "accounting:view_tenant"
    ACCOUNTING_PARTNER = "accounting:view_partner"
    BUDGETS_MANAGE = "accounting:manage_budgets"
    USERS_MANAGE = "users:manage"
    KEYS_MANAGE = "api_keys:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    MODULES_USE = "modules:use"
    MODULES_MANAGE = "modules:manage"
    ADMIN_ACCESS = "admin:access"


class Matrix(StrEnum):
    """Permissions of ScaiMatrix."""

    VIEW = "scaimatrix:view"
    SEARCH = "scaimatrix:search"
    INGEST = "scaimatrix:ingest"
    MANAGE = "scaimatrix:manage"
    GRAPH_EDIT = "scaimatrix:graph_edit"
    ACCESS = "scaimatrix:access"


class Persona(StrEnum):
    """Permissions of ScaiPersona."""

    VIEW = "scaipersona:view"
    MANAGE = "scaipersona:manage"
    TEST = "scaipersona:test"


class Role(StrEnum):
    """The roles everybody starts from."""

    TENANT_VIEWER = "tenant_viewer"
    TENANT_USER = "tenant_user"
    TENANT_ADMIN = "tenant_admin"
    PARTNER_VIEWER = "partner_viewer"
    PARTNER_ADMIN = "partner_admin"
    SUPER_ADMIN = "super_admin"


CORE_PERMISSIONS = frozenset(str(permission) for permission in Core)
MODULE_PERMISSIONS = frozenset(str(permission) for permission in (*Matrix, *Persona))
ALL_PERMISSIONS = CORE_PERMISSIONS | MODULE_PERMISSIONS

_VIEWER = {Core.MODELS_LIST, Core.ACCOUNTING_OWN}
_USER = _VIEWER | {Core.MODELS_USE, Core.KEYS_MANAGE, Core.MODULES_USE}
_TENANT_ADMIN = _USER | {
    Core.ROUTING_VIEW,
    Core.ACCOUNTING_TENANT,
    Core.BUDGETS_MANAGE,
    Core.USERS_MANAGE,
    Core.WEBHOOKS_MANAGE,
    Core.MODULES_MANAGE,
    Core.ADMIN_ACCESS,
}
_PARTNER_VIEWER = {Core.MODELS_LIST, Core.ACCOUNTING_OWN, Core.ACCOUNTING_TENANT, Core.ACCOUNTING_PARTNER}
_PARTNER_ADMIN = _PARTNER_VIEWER | {Core.BUDGETS_MANAGE, Core.USERS_MANAGE, Core.ADMIN_ACCESS}

# Viewers of a tenant may look and search; users get module permissions by grant or custom role alone.
_HELD: dict[Role, frozenset[str]] = {
    Role.TENANT_VIEWER: frozenset({*_VIEWER, Matrix.VIEW, Matrix.SEARCH, Persona.VIEW}),
    Role.TENANT_USER: frozenset(_USER),
    Role.TENANT_ADMIN: frozenset({*_TENANT_ADMIN, *MODULE_PERMISSIONS}),
    Role.PARTNER_VIEWER: frozenset(_PARTNER_VIEWER),
    Role.PARTNER_ADMIN: frozenset({*_PARTNER_ADMIN, *MODULE_PERMISSIONS}),
    Role.SUPER_ADMIN: ALL_PERMISSIONS,
}


def held_by(roles: Iterable[str]) -> frozenset[str]:
    """All that these roles together permit."""
    return frozenset().union(*(_HELD[Role(role)] for role in roles))
