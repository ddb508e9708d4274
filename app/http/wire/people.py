"""Roof, HTTP shapes: people and what they may do."""

from __future__ import annotations

from app.http.envelope import Wire


class MeRead(Wire):
    """The caller as the platform sees them."""

    id: str
    email: str
    name: str
    tenant_id: str
    tenant_slug: str
    partner_id: str
    roles: list[str]
    permissions: list[str]
    group_ids: list[str]
    api_key_id: str | None
