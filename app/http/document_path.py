"""Roof, HTTP: the document in a path, shown to be the caller's to use so before a body is read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from sqlalchemy import select

from acl.errors import DocumentNotFound
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import require_access
from acl.resolver import deciding
from acl.tables import AccessList
from acl.visible import Visible
from app.http.gate import Guard
from app.http.visit import Visit, VisitDep, list_name
from app.paging import Order, PageRequest
from indexing.documents.access import get_for_tenant
from indexing.documents.found import FoundDocument

DocumentPath = Annotated[str, Path(alias="document_id")]


def document_to(permission: Permission) -> Guard:
    """Guard a path with `{document_id}`: its subject is the document, of a caller who holds the permission on it.

    Where the path names a collection too, its document is there only for those who may read the collection. Whoever
    changes something holds the document, and its access list, from here to the commit.
    """

    async def guard(request: Request, visit: Visit) -> FoundDocument:
        collection_id: str | None = request.path_params.get("collection_id")
        if collection_id is not None:
            with deciding():
                await visit.session.get(AccessList, collection_id)
            await _require(visit, ResourceRef.collection(collection_id), Permission.READ)
        return await found_document(visit, request.path_params["document_id"], permission, collection_id)

    return guard


async def found_document(
    visit: Visit, document_id: str, permission: Permission, collection_id: str | None = None
) -> FoundDocument:
    """The document, of a caller who holds the permission on it; missing is the same as hidden."""
    ref = ResourceRef.document(document_id)
    with deciding():
        access = await visit.session.get(AccessList, document_id)
    # Asked about what is missing too: that takes no other time than what is hidden.
    await _require(visit, ref, Permission.READ if access is None else permission)
    if access is None or collection_id not in {None, access.collection_id}:
        raise DocumentNotFound
    if visit.transaction.writes:
        await _hold(visit, document_id)
        await _require(visit, ref, permission)
    found = await get_for_tenant(visit.session, document_id, hold=visit.transaction.writes)
    if found is None:
        raise DocumentNotFound
    return found


async def _hold(visit: Visit, document_id: str) -> None:
    wanted = select(AccessList).where(AccessList.resource_id == document_id).with_for_update()
    await visit.session.scalar(wanted.execution_options(populate_existing=True))


async def _require(visit: Visit, ref: ResourceRef, permission: Permission) -> None:
    await require_access(visit.platform.access.resolver(visit.session), visit.caller, ref, permission)


async def seen_by_caller(visit: Visit, found: FoundDocument) -> Visible[FoundDocument]:
    """A document as it leaves: whatever led to it, the chokepoint has the last word."""
    visible = await visit.platform.chokepoint.filter_results_by_acl(visit.session, visit.caller, [found])
    if not visible:
        raise DocumentNotFound
    return visible[0]


async def _rising(
    visit: VisitDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    order: Annotated[Order, Query()] = "asc",
) -> PageRequest:
    after = visit.platform.cursors.open(cursor, list_name(visit, order)) if cursor else None
    return PageRequest(limit, after, order)


RisingPageDep = Annotated[PageRequest, Depends(_rising)]
