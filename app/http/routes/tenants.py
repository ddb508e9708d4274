"""Roof, HTTP: tenants, their settings and whether they may work."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.errors import PermissionDenied
from app.http.envelope import Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, TenantNotFound, Visit, VisitDep
from app.http.wire.tenants import TenantCreate, TenantPatch, TenantRead
from app.identity.caller import Caller
from app.identity.errors import PartnerNotFound, SelfLockout
from app.identity.permissions import Core
from app.identity.queries import holds_super_admins, page_of
from app.identity.rows import amend
from app.identity.tables import SUSPENDED, Partner, Tenant
from app.identity.tenants import (
    NewTenant,
    create_tenant,
    merged,
    runs_partner,
    sees_partner,
    visible_tenants,
)

router = APIRouter(prefix="/v1/tenants", tags=["tenancy"], route_class=GatedRoute)
TenantPath = Annotated[str, Path(alias="tenant_id")]


async def _runs_partner(_: Request, visit: Visit) -> None:
    if not runs_partner(visit.caller, visit.caller.partner_id):
        raise PermissionDenied("Only a partner's and the platform's administrators add tenants.")


async def _tenant(request: Request, visit: Visit) -> Tenant:
    tenant = await visit.session.get(Tenant, request.path_params["tenant_id"])
    own = tenant is not None and tenant.id == visit.caller.tenant_id
    if tenant is None or not (own or sees_partner(visit.caller, tenant.partner_id)):
        raise TenantNotFound
    return tenant


async def _tenant_to_change(request: Request, visit: Visit) -> Tenant:
    tenant = await _tenant(request, visit)
    own = visit.caller.is_tenant_admin and tenant.id == visit.caller.tenant_id
    if not (own or runs_partner(visit.caller, tenant.partner_id)):
        raise PermissionDenied("Only the tenant's own, its partner's and the platform's administrators change it.")
    return await visit.act_in(tenant.id)


@router.get("", operation_id="list_tenants")
@gate()
async def list_tenants(visit: VisitDep, page: PageDep) -> Listing[TenantRead]:
    """List the tenants of the caller's scope."""
    found = await page_of(visit.session, Tenant, page, visible_tenants(visit.caller))
    return listing(visit, page, found, TenantRead.model_validate)


@router.post("", operation_id="create_tenant", status_code=201)
@gate(Core.ADMIN_ACCESS, guard=_runs_partner, creates=True)
async def post_tenant(visit: VisitDep, said: TenantCreate) -> Success[TenantRead]:
    """Add a tenant to a partner the caller runs."""
    partner = await visit.session.get(Partner, said.partner_id)
    if partner is None or not runs_partner(visit.caller, partner.id):
        raise PartnerNotFound
    if said.external_id is not None and not visit.caller.is_super_admin:
        # Whoever claims an organisation's id gets its people: their tokens would lead into this tenant.
        raise PermissionDenied("Only the platform's administrators bind a tenant to the identity provider.")
    settings = said.settings.said() if said.settings else {}
    new = NewTenant(said.slug, said.display_name, partner.id, said.external_id, settings)
    tenant = await create_tenant(visit.transaction, new)
    await visit.act_in(tenant.id)
    visit.record("tenant.created", ("tenant", tenant.id), slug=tenant.slug, partner_id=partner.id)
    visit.etag(tenant.version)
    return success(TenantRead.model_validate(tenant))


@router.get("/{tenant_id}", operation_id="get_tenant")
@gate(guard=_tenant)
async def get_tenant(visit: VisitDep, _: TenantPath) -> Success[TenantRead]:
    """Show a tenant."""
    tenant: Tenant = visit.subject
    visit.etag(tenant.version)
    return success(TenantRead.model_validate(tenant))


@router.patch("/{tenant_id}", operation_id="patch_tenant")
@gate(Core.ADMIN_ACCESS, guard=_tenant_to_change)
async def patch_tenant(visit: VisitDep, _: TenantPath, said: TenantPatch) -> Success[TenantRead]:
    """Rename a tenant; those who run its partner also set its limits, suspend it and bring it back."""
    tenant: Tenant = visit.subject
    visit.expect(tenant.version)
    if said.status is not None or said.settings is not None:
        _require_running(visit.caller, tenant)
    if said.status == SUSPENDED:
        await _require_suspendable(visit, tenant)
    settings = None if said.settings is None else merged(tenant.settings, said.settings.said())
    changed = await amend(
        visit.transaction, tenant, display_name=said.display_name, status=said.status, settings=settings
    )
    visit.record("tenant.updated", ("tenant", tenant.id), changed=changed, status=tenant.status)
    visit.etag(tenant.version)
    return success(TenantRead.model_validate(tenant))


def _require_running(caller: Caller, tenant: Tenant) -> None:
    """A tenant's own administrators must not raise the limits that are set for them."""
    if not runs_partner(caller, tenant.partner_id):
        raise PermissionDenied("Status and settings are set by the tenant's partner.")


async def _require_suspendable(visit: Visit, tenant: Tenant) -> None:
    if tenant.id == visit.caller.tenant_id:
        raise SelfLockout("You cannot suspend the tenant you belong to.")
    if not visit.caller.is_super_admin and await holds_super_admins(visit.session, tenant.id):
        raise PermissionDenied("The platform's administrators belong to this tenant.")
