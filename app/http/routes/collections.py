"""Roof, HTTP: collections of documents."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from fastapi import APIRouter

from acl.openness import set_default_access
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import require_access
from acl.weighing import Weighing
from app.http.access_path import MODULE, CollectionPath, ForceQuery
from app.http.collection_path import choice, collection_to, overview, with_graphs
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.collections import (
    CollectionChangedRead,
    CollectionCreate,
    CollectionPatch,
    CollectionPut,
    CollectionRead,
    FollowUpsRead,
    shown,
)
from app.identity.permissions import Matrix
from indexing.collections.access import OpenCollection
from indexing.collections.change import Changed, change_collection, refuse_other_embedding, touch
from indexing.collections.lifecycle import add_collection
from indexing.erasing.removal import remove_collection
from indexing.maintenance.reextracting import Reextracting

router = APIRouter(prefix="/v1/modules/scaimatrix/collections", tags=["scaimatrix"], route_class=GatedRoute)


@router.get("", operation_id="list_collections")
@gate(Matrix.VIEW, module=MODULE)
async def list_collections(visit: VisitDep, page: PageDep) -> Listing[CollectionRead]:
    """List the collections the caller may read; needs READ and LIST on each."""
    seen = await overview(visit).page(page)
    return listing(visit, page, replace(seen, items=await with_graphs(visit, seen.items)), CollectionRead.of)


@router.post("", operation_id="create_collection", status_code=201)
@gate(Matrix.MANAGE, creates=True, module=MODULE)
async def create_collection(visit: VisitDep, said: CollectionCreate) -> Success[CollectionRead]:
    """Make a collection of the caller's own."""
    chosen = choice(visit)
    embedding = await chosen.embedding(said.embedding_model)
    named = said.graph_extraction_model
    extraction = None if named is None else await chosen.extraction(named)
    made = await add_collection(
        visit.transaction,
        said.draft(embedding, extraction),
        owner_id=visit.caller.user_id,
        tenant_id=visit.tenant_id,
    )
    visit.record("collection.created", ("collection", made.id), slug=made.row.slug, default_access=said.default_access)
    return success(await _one(visit, made))


@router.get("/{collection_id}", operation_id="get_collection")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def get_collection(visit: VisitDep, _: CollectionPath) -> Success[CollectionRead]:
    """Show a collection, with counts of what the caller may read of it."""
    return success(await _one(visit, visit.subject))


@router.put("/{collection_id}", operation_id="replace_collection")
@gate(Matrix.MANAGE, guard=collection_to(Permission.WRITE), module=MODULE)
async def put_collection(
    visit: VisitDep, _: CollectionPath, said: CollectionPut, *, force: ForceQuery = False
) -> Success[CollectionChangedRead]:
    """Change the fields that are given; nulls are ignored. The embedding model cannot change: fork for another."""
    return await _change(visit, said, force=force)


@router.patch("/{collection_id}", operation_id="update_collection")
@gate(Matrix.MANAGE, guard=collection_to(Permission.WRITE), module=MODULE)
async def patch_collection(
    visit: VisitDep, _: CollectionPath, said: CollectionPatch, *, force: ForceQuery = False
) -> Success[CollectionChangedRead]:
    """Change the fields that are given; null empties what may be empty: the quota, and the extraction model."""
    return await _change(visit, said, force=force)


@router.delete("/{collection_id}", operation_id="delete_collection")
@gate(Matrix.MANAGE, guard=collection_to(Permission.DELETE), module=MODULE)
async def delete_collection(visit: VisitDep, _: CollectionPath) -> Success[Deleted]:
    """Delete a collection with its documents: unreadable at once, and soon erased from every store."""
    opened: OpenCollection = visit.subject
    visit.expect(opened.row.version)
    slug = opened.row.slug
    await remove_collection(visit.transaction, visit.platform.jobs, opened.row)
    visit.record("collection.deleted", ("collection", opened.id), slug=slug)
    return success(Deleted())


async def _change(visit: Visit, said: CollectionPatch, *, force: bool) -> Success[CollectionChangedRead]:
    opened: OpenCollection = visit.subject
    visit.expect(opened.row.version)
    values = said.meant()
    if "embedding_model" in said.model_fields_set:
        refuse_other_embedding(opened.row, said.embedding_model)
    named = values.get("graph_extraction_model")
    if named is not None and named != opened.row.graph_extraction_model:
        values["graph_extraction_model"] = await choice(visit).extraction(named)
    opens = "default_access" in said.model_fields_set and await _open(visit, opened, said, force=force)
    changed = await change_collection(visit.transaction, opened.row, values)
    if changed.graph_enabled is not None:
        graph = Reextracting(visit.transaction, visit.platform.jobs, opened.row)
        await (graph.switched_on() if changed.graph_enabled else graph.switched_off())
    fields = [*changed.fields, *(["default_access"] if opens else [])]
    if opens and not changed.fields:
        touch(visit.transaction, opened.row)
        await visit.session.flush()
    if fields:
        visit.record("collection.updated", ("collection", opened.id), slug=opened.row.slug, fields=sorted(fields))
    follow_ups = _follow_ups(changed)
    made = await _one(visit, opened)
    return success(CollectionChangedRead(**made.model_dump(), follow_ups=follow_ups))


def _follow_ups(changed: Changed) -> FollowUpsRead:
    return FollowUpsRead(
        graph_reextract="queued" if changed.graph_enabled else None, rechunk_recommended=changed.rechunk_recommended
    )


async def _open(visit: Visit, opened: OpenCollection, said: CollectionPatch, *, force: bool) -> bool:
    """Open a collection to its tenant, or close it, which is a change of its access list; says whether that is new."""
    if said.default_access == opened.access.default_access:
        return False
    visit.caller.require(Matrix.ACCESS)
    resolver = visit.platform.access.resolver(visit.session)
    await require_access(resolver, visit.caller, ResourceRef.collection(opened.id), Permission.CHANGE_PERMISSIONS)
    weighing = await Weighing.begin(visit.transaction, visit.caller, opened.access, force=force)
    await set_default_access(weighing, said.default_access)
    return True


async def _one(visit: Visit, opened: OpenCollection) -> CollectionRead:
    """A collection as the caller sees it; what is counted changes without a new version of it."""
    (seen,) = await with_graphs(visit, [await overview(visit).one(opened.row)])
    made = CollectionRead.model_validate(shown(seen))
    visit.etag(opened.row.version, beside=hashlib.sha256(made.model_dump_json().encode()).hexdigest()[:16])
    return made
