"""The roles say exactly what the contract says."""

from __future__ import annotations

import pytest

from app.identity.permissions import ALL_PERMISSIONS, CORE_PERMISSIONS, MODULE_PERMISSIONS, Role, held_by

VIEWER = {"models:list", "accounting:view_own"}
USER = VIEWER | {"models:use", "api_keys:manage", "modules:use"}
TENANT_ADMIN = USER | {
    "routing:view",
    "accounting:view_tenant",
    "accounting:manage_budgets",
    "users:manage",
    "webhooks:manage",
    "modules:manage",
    "admin:access",
}
PARTNER_VIEWER = {"models:list", "accounting:view_own", "accounting:view_tenant", "accounting:view_partner"}
PARTNER_ADMIN = PARTNER_VIEWER | {"accounting:manage_budgets", "users:manage", "admin:access"}


@pytest.mark.parametrize(
    ("role", "core"),
    [
        (Role.TENANT_VIEWER, VIEWER),
        (Role.TENANT_USER, USER),
        (Role.TENANT_ADMIN, TENANT_ADMIN),
        (Role.PARTNER_VIEWER, PARTNER_VIEWER),
        (Role.PARTNER_ADMIN, PARTNER_ADMIN),
        (Role.SUPER_ADMIN, CORE_PERMISSIONS),
    ],
)
def test_a_role_holds_the_core_permissions_of_the_contract(role: Role, core: set[str]) -> None:
    assert held_by([role]) & CORE_PERMISSIONS == core


@pytest.mark.parametrize(
    ("role", "modules"),
    [
        (Role.TENANT_VIEWER, {"scaimatrix:view", "scaimatrix:search", "scaipersona:view"}),
        (Role.TENANT_USER, set()),
        (Role.PARTNER_VIEWER, set()),
        (Role.TENANT_ADMIN, MODULE_PERMISSIONS),
        (Role.PARTNER_ADMIN, MODULE_PERMISSIONS),
        (Role.SUPER_ADMIN, MODULE_PERMISSIONS),
    ],
)
def test_a_role_holds_the_module_permissions_of_the_contract(role: Role, modules: set[str]) -> None:
    assert held_by([role]) & MODULE_PERMISSIONS == modules


def test_there_are_no_permissions_beside_those_of_the_contract() -> None:
    verbs = {"scaimatrix": "view search ingest manage graph_edit access", "scaipersona": "view manage test"}
    assert {f"{module}:{verb}" for module, said in verbs.items() for verb in said.split()} == MODULE_PERMISSIONS
    assert TENANT_ADMIN | PARTNER_ADMIN | {"models:manage", "routing:manage"} == CORE_PERMISSIONS
    assert ALL_PERMISSIONS == CORE_PERMISSIONS | MODULE_PERMISSIONS
