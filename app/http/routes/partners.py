"""Roof, HTTP: partners, who run the platform for their tenants."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.errors import PermissionDenied
from app.http.envelope import Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.tenants import PartnerCreate, PartnerPatch, PartnerRead
from app.identity.errors import PartnerNotFound
from app.identity.permissions import Core
from app.identity.queries import page_of
from app.identity.rows import amend
from app.identity.tables import Partner
from app.identity.tenants import create_partner, runs_partner, sees_partner, visible_partners

router = APIRouter(prefix="/v1/partners", tags=["tenancy"], route_class=GatedRoute)
PartnerPath = Annotated[str, Path(alias="partner_id")]


async def _super_admin(_: Request, visit: Visit) -> None:
    if not visit.caller.is_super_admin:
        raise PermissionDenied("Only the platform's administrators add partners.")


async def _sees_own(_: Request, visit: Visit) -> None:
    if not sees_partner(visit.caller, visit.caller.partner_id):
        raise PermissionDenied("Partners are for those who work for one.")


async def _partner(request: Request, visit: Visit) -> Partner:
    await _sees_own(request, visit)
    partner = await visit.session.get(Partner, request.path_params["partner_id"])
    if partner is None or not sees_partner(visit.caller, partner.id):
        raise PartnerNotFound
    return partner


async def _partner_to_change(request: Request, visit: Visit) -> Partner:
    partner = await _partner(request, visit)
    if not runs_partner(visit.caller, partner.id):
        raise PermissionDenied("Only the partner's administrators change it.")
    return partner


@router.get("", operation_id="list_partners")
@gate(guard=_sees_own)
async def list_partners(visit: VisitDep, page: PageDep) -> Listing[PartnerRead]:
    """List the partners of the caller's scope."""
    found = await page_of(visit.session, Partner, page, visible_partners(visit.caller))
    return listing(visit, page, found, PartnerRead.model_validate)


@router.post("", operation_id="create_partner", status_code=201)
@gate(Core.ADMIN_ACCESS, guard=_super_admin, creates=True)
async def post_partner(visit: VisitDep, said: PartnerCreate) -> Success[PartnerRead]:
    """Add a partner."""
    partner = await create_partner(visit.transaction, slug=said.slug, display_name=said.display_name)
    visit.record("partner.created", ("partner", partner.id), slug=partner.slug)
    visit.etag(partner.version)
    return success(PartnerRead.model_validate(partner))


@router.get("/{partner_id}", operation_id="get_partner")
@gate(guard=_partner)
async def get_partner(visit: VisitDep, _: PartnerPath) -> Success[PartnerRead]:
    """Show a partner."""
    partner: Partner = visit.subject
    visit.etag(partner.version)
    return success(PartnerRead.model_validate(partner))


@router.patch("/{partner_id}", operation_id="patch_partner")
@gate(Core.ADMIN_ACCESS, guard=_partner_to_change)
async def patch_partner(visit: VisitDep, _: PartnerPath, said: PartnerPatch) -> Success[PartnerRead]:
    """Rename a partner."""
    partner: Partner = visit.subject
    visit.expect(partner.version)
    changed = await amend(visit.transaction, partner, display_name=said.display_name)
    visit.record("partner.updated", ("partner", partner.id), changed=changed)
    visit.etag(partner.version)
    return success(PartnerRead.model_validate(partner))
