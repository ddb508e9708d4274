"""Roof, HTTP: who reads, writes and manages a collection, in the words of earlier clients; the same entries beneath."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Body

from acl.coarse import coarse_list
from acl.entries import entries_of
from acl.grants import value_of
from acl.permission import Permission
from acl.sharing import share
from acl.tables import AccessList
from acl.weighing import MOST_ENTRIES, Weighing
from app.http.access_path import MODULE, CollectionPath, ForceQuery, collection_for
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.permissions import CoarseAccessRead, CoarseAccessWrite
from app.identity.permissions import Matrix

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
Lines = Annotated[list[CoarseAccessWrite], Body(max_length=MOST_ENTRIES)]


@router.get("/collections/{collection_id}/access", operation_id="get_collection_access")
@gate(Matrix.VIEW, guard=collection_for(Permission.READ_PERMISSIONS), module=MODULE)
async def get_access(visit: VisitDep, _: CollectionPath) -> Success[list[CoarseAccessRead]]:
    """Show who reads, writes and manages a collection by an entry; denials and narrower entries are left out."""
    return await _shown(visit)


@router.put("/collections/{collection_id}/access", operation_id="set_collection_access")
@gate(Matrix.ACCESS, guard=collection_for(Permission.CHANGE_PERMISSIONS), module=MODULE)
async def put_access(
    visit: VisitDep, _: CollectionPath, said: Lines, *, force: ForceQuery = False
) -> Success[list[CoarseAccessRead]]:
    """Say who reads, writes and manages; who is left out loses it, who has it so already keeps their entries."""
    access: AccessList = visit.subject
    visit.expect(access.version)
    weighing = await Weighing.begin(visit.transaction, visit.caller, access, force=force)
    shared = await share(weighing, [((line.principal_type, line.principal_id), line.access) for line in said])
    if shared is not None:
        added = [
            {
                "ace_id": entry.id,
                "principal_type": entry.principal_type,
                "principal_id": entry.principal_id,
                "permissions": entry.permissions,
            }
            for entry in shared.added
        ]
        visit.record("acl.access_set", (access.kind, access.resource_id), added=added, removed=shared.removed)
    return await _shown(visit)


async def _shown(visit: Visit) -> Success[list[CoarseAccessRead]]:
    access: AccessList = visit.subject
    rows = await entries_of(visit.session, access.resource_id, visit.platform.clock.now())
    said = coarse_list(map(value_of, rows), visit.platform.clock.now())
    lines = [CoarseAccessRead(principal_type=kind, principal_id=id_, access=word) for (kind, id_), word in said.items()]
    lines.sort(key=lambda line: (line.principal_type, line.principal_id or ""))
    beside = hashlib.sha256(repr(lines).encode()).hexdigest()[:16]  # entries end without a new version
    visit.etag(access.version, beside=beside)
    return success(lines)
