"""Roof, HTTP: receipts of what was erased; they hold ids and numbers, and are for who administers the tenant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.errors import PermissionDenied
from app.http.access_path import MODULE
from app.http.envelope import Listing, listing
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.erasures import ErasureRead
from app.identity.permissions import Matrix
from indexing.erasing.listing import receipts

router = APIRouter(prefix="/v1/modules/scaimatrix/erasures", tags=["scaimatrix"], route_class=GatedRoute)
SubjectQuery = Annotated[str | None, Query(max_length=64, description="Only those of this document or collection.")]


async def _administers(_: Request, visit: Visit) -> None:
    if not visit.caller.is_administrator:
        raise PermissionDenied("Receipts of what was erased are for administrators of the tenant.")


@router.get("", operation_id="list_erasures")
@gate(Matrix.MANAGE, guard=_administers, module=MODULE)
async def list_erasures(visit: VisitDep, page: PageDep, subject_id: SubjectQuery = None) -> Listing[ErasureRead]:
    """List what was deleted and, store by store, since when nothing of it is held any more; newest first."""
    return listing(visit, page, await receipts(visit.session, page, subject_id), ErasureRead.of)
