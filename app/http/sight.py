"""Roof, HTTP: whose usage and budgets a caller may look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Depends, Query
from sqlalchemy import ColumnElement

from app.accounting.budgets import Place
from app.accounting.queries import UsageFilter, tenants_of
from app.accounting.tables import Budget
from app.db.tenancy import Reach
from app.errors import NotFound, PermissionDenied, ValidationFailed
from app.http.visit import TenantNotFound, Visit, VisitDep
from app.identity.caller import Caller
from app.identity.permissions import Core
from app.identity.tables import Group, Partner, Tenant, User
from app.wiring import Platform

Width = Literal["own", "tenant", "partner", "all"]


@dataclass(frozen=True, slots=True)
class Sight:
    """Which calls can be seen: those of some tenants, perhaps of one user alone."""

    reach: Reach
    user_id: str | None = None

    def narrow(self, wanted: UsageFilter) -> UsageFilter:
        """Leave of what is wanted only what can be seen; somebody else's calls are as if there were none."""
        if self.user_id is None:
            return wanted
        hidden = wanted.user_id not in {None, self.user_id}
        return replace(wanted, user_id="" if hidden else self.user_id)


async def sight_of(platform: Platform, caller: Caller, tenant_id: str | None, width: Width | None) -> Sight:
    """Work out what a caller sees of usage, or refuse."""
    if tenant_id is not None and tenant_id != caller.tenant_id:
        await _require_tenant(platform, caller, tenant_id)
        return Sight(Reach.one(tenant_id))
    if width is None:
        width = "tenant" if caller.may(Core.ACCOUNTING_TENANT) else "own"
    if width == "own":
        return Sight(Reach.one(caller.tenant_id), caller.user_id)
    if width == "tenant":
        caller.require(Core.ACCOUNTING_TENANT)
        return Sight(Reach.one(caller.tenant_id))
    caller.require(Core.ACCOUNTING_PARTNER)
    if width == "all":
        if not caller.is_super_admin:
            raise PermissionDenied("Only super-admins see the usage of every partner.")
        return Sight(Reach.everywhere())
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        return Sight(Reach.several(await tenants_of(transaction.session, caller.partner_id)))


async def _require_tenant(platform: Platform, caller: Caller, tenant_id: str) -> None:
    async with platform.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
        tenant = await transaction.session.get(Tenant, tenant_id)
    widely = caller.may(Core.ACCOUNTING_PARTNER)
    if tenant is None or not widely or not (caller.is_super_admin or tenant.partner_id == caller.partner_id):
        raise TenantNotFound


async def _sight(
    visit: VisitDep,
    tenant_id: Annotated[str | None, Query(max_length=64)] = None,
    scope: Annotated[Width | None, Query()] = None,
) -> Sight:
    return await sight_of(visit.platform, visit.caller, tenant_id, scope)


SightDep = Annotated[Sight, Depends(_sight)]


def budgets_in_sight(visit: Visit) -> list[ColumnElement[bool]]:
    """The budgets a caller may look at: a tenant's own for its people, a partner's for the partner's."""
    caller = visit.caller
    if "tenant_id" in visit.request.query_params:
        return [Budget.tenant_id == visit.tenant_id]
    if caller.is_super_admin:
        return []
    if caller.is_partner_admin or caller.may(Core.ACCOUNTING_PARTNER):
        return [Budget.partner_id == caller.partner_id]
    return [Budget.tenant_id == caller.tenant_id]


async def place_of(visit: Visit, scope: str, scope_id: str) -> Place:
    """Where what a new budget limits belongs, if the caller may limit it; the visit goes on in its tenant."""
    if scope == "partner":
        return await _partner_place(visit, scope_id)
    try:
        if scope == "tenant":
            await visit.act_in(scope_id)
        elif await visit.find(User if scope == "user" else Group, scope_id) is None:
            raise NotFound
    except NotFound:
        raise _nothing(scope) from None
    tenant = await visit.act_in(visit.tenant_id)
    return Place(scope, scope_id, tenant.partner_id, tenant.id)


async def _partner_place(visit: Visit, partner_id: str) -> Place:
    caller = visit.caller
    if not (caller.is_super_admin or caller.is_partner_admin):
        raise PermissionDenied("Budgets of partners are set by partner and super admins.")
    partner = await visit.session.get(Partner, partner_id)
    if partner is None or not (caller.is_super_admin or partner.id == caller.partner_id):
        raise _nothing("partner")
    return Place("partner", partner.id, partner.id, None)


def _nothing(scope: str) -> ValidationFailed:
    return ValidationFailed.of("scope_id", f"names no {scope} you may set a budget for")
