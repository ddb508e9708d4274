"""Roof, HTTP: who the caller is."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.http.wire.people import MeRead

router = APIRouter(prefix="/v1/me", tags=["identity"], route_class=GatedRoute)


@router.get("", operation_id="get_me")
@gate(transaction=False)
async def get_me(visit: VisitDep) -> Success[MeRead]:
    """Show the caller, their roles and what this credential permits."""
    caller = visit.caller
    return success(
        MeRead(
            id=caller.user_id,
            email=caller.email,
            name=caller.name,
            tenant_id=caller.tenant_id,
            tenant_slug=caller.tenant_slug,
            partner_id=caller.partner_id,
            roles=sorted(caller.roles),
            permissions=sorted(caller.permissions),
            group_ids=sorted(caller.groups),
            api_key_id=caller.key_id,
        )
    )
