"""Roof, HTTP: searches of collections."""

from __future__ import annotations

from fastapi import APIRouter

from acl.permission import Permission
from app.context import request_id
from app.http.access_path import MODULE, CollectionPath, collection_open_for
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.search import SearchAnswer, SearchCreate, SearchManyCreate, answer
from app.identity.permissions import Matrix
from rag.retrieval.onlooker import Onlooker
from rag.search import CollectionSearch

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


@router.post("/collections/{collection_id}/search", operation_id="search_collection")
@gate(Matrix.SEARCH, guard=collection_open_for(Permission.READ), transaction=False, module=MODULE)
async def search_collection(visit: VisitDep, collection_id: CollectionPath, said: SearchCreate) -> SearchAnswer:
    """Find the passages of a collection that answer a question best, among those the caller may read."""
    return answer(await search_of(visit).run(collection_id, said.question()), request_id.get())


@router.post("/search", operation_id="search_collections")
@gate(Matrix.SEARCH, transaction=False, module=MODULE)
async def search_collections(visit: VisitDep, said: SearchManyCreate) -> SearchAnswer:
    """Find the passages of several collections that answer a question best, among those the caller may read."""
    return answer(await search_of(visit).run_many(said.collection_ids, said.question()), request_id.get())


def search_of(visit: Visit) -> CollectionSearch:
    """What searches with the eyes of the caller."""
    platform = visit.platform
    onlooker = Onlooker(platform.chokepoint, platform.transactions, visit.caller, visit.tenant_id)
    return CollectionSearch(
        platform.access,
        onlooker,
        platform.vectors,
        platform.questions,
        visit.epochs,
        platform.reranker,
        platform.graphs,
    )
