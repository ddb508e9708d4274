"""Roof, HTTP: over which tenants a report reaches: one's own, a partner's, or all."""

from __future__ import annotations

from typing import Literal, get_args

from fastapi import Request
from sqlalchemy import select

from app.db.tenancy import REACH, Reach
from app.errors import PermissionDenied, ValidationFailed
from app.http.visit import Visit
from app.identity.tables import Tenant

Scope = Literal["tenant", "partner", "all"]


async def widened(request: Request, visit: Visit) -> Reach:
    """A guard: widen the session to what the query asks for, or to all that the caller oversees."""
    reach = await _reach(visit, request.query_params.get("scope"), named="tenant_id" in request.query_params)
    visit.session.info[REACH] = reach
    return reach


async def _reach(visit: Visit, scope: str | None, *, named: bool) -> Reach:
    caller = visit.caller
    if scope is not None and scope not in get_args(Scope):
        raise ValidationFailed.of("scope", f"must be one of {', '.join(get_args(Scope))}")
    if scope == "all" and not caller.is_super_admin:
        raise PermissionDenied("Only super-admins see all tenants.")
    if scope == "partner" and not (caller.is_super_admin or caller.is_partner_admin):
        raise PermissionDenied("Only partner-admins see all tenants of their partner.")
    if named or scope == "tenant":
        return Reach.one(visit.tenant_id)
    if scope == "all" or (scope is None and caller.is_super_admin):
        return Reach.everywhere()
    if scope == "partner" or caller.is_partner_admin:
        return Reach.several(await _tenants_of(visit, caller.partner_id))
    return Reach.one(visit.tenant_id)


async def _tenants_of(visit: Visit, partner_id: str) -> frozenset[str]:
    return frozenset(await visit.session.scalars(select(Tenant.id).where(Tenant.partner_id == partner_id)))
