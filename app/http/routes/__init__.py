"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.routes import api_keys, groups, health, me, partners, role_mappings, roles, tenants, users

ALL = (
    health.router,
    me.router,
    partners.router,
    tenants.router,
    users.router,
    api_keys.router,
    groups.router,
    roles.router,
    role_mappings.router,
)
