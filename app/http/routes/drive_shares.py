"""Roof, HTTP: the shares that the caller may read in ScaiDrive."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.http.wire.drive import ShareRead
from app.identity.permissions import Persona
from indexing.drive.shares import DriveShares

MODULE = "scaipersona"
router = APIRouter(prefix="/v1/modules/scaipersona", tags=["scaipersona"], route_class=GatedRoute)


@router.get("/scaidrive/shares", operation_id="list_scaidrive_shares")
@gate(Persona.VIEW, transaction=False, module=MODULE)
async def list_shares(visit: VisitDep) -> Success[list[ShareRead]]:
    """List the shares of ScaiDrive that the caller may read there, by their own token: an API key has none."""
    platform = visit.platform
    settings = await platform.switchboard.settings_of(visit.tenant_id, MODULE)
    shares = await DriveShares(platform.drive.asking).of(settings.get("scaidrive_base_url"), visit.bearer)
    return success([ShareRead.of(share) for share in shares])
