"""Roof, HTTP: searches of collections."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from acl.permission import MANAGER, Permission
from app.context import request_id
from app.http.access_path import MODULE, CollectionPath, collection_for, collection_open_for, require_collections
from app.http.gate import deed_decides, gate
from app.http.route import GatedRoute
from app.http.somebody_else import somebody_else
from app.http.transacting import transaction_of
from app.http.visit import Visit, VisitDep
from app.http.wire.search import (
    SearchAnswer,
    SearchAsAnswer,
    SearchAsCreate,
    SearchCreate,
    SearchManyAsCreate,
    SearchManyCreate,
    answer,
    answer_as,
)
from app.identity.permissions import Matrix
from rag.retrieval.onlooker import Onlooker
from rag.search import CollectionSearch
from rag.search_as import SearchAs

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


@router.post("/collections/{collection_id}/search", operation_id="search_collection")
@deed_decides
@gate(Matrix.SEARCH, guard=collection_open_for(Permission.READ), transaction=False, module=MODULE)
async def search_collection(visit: VisitDep, collection_id: CollectionPath, said: SearchCreate) -> SearchAnswer:
    """Find the passages of a collection that answer a question best, among those the caller may read."""
    return answer(await search_of(visit).run(collection_id, said.question()), request_id.get())


@router.post("/collections/{collection_id}/search/as", operation_id="search_collection_as")
@gate(Matrix.SEARCH, guard=collection_for(Permission(MANAGER)), transaction=False, module=MODULE)
async def search_collection_as(visit: VisitDep, collection_id: CollectionPath, said: SearchAsCreate) -> SearchAsAnswer:
    """Show what somebody else would find, as far as the caller may read it and its list too; audited.

    Needs all of MANAGER on the collection. `withheld` are the documents among the caller's own results that the other
    one may not read.
    """
    searching = await _searching_as(visit, said.as_user_id, [collection_id])
    return answer_as(await searching.run(collection_id, said.question()), request_id.get())


@router.post("/search", operation_id="search_collections")
@gate(Matrix.SEARCH, transaction=False, module=MODULE)
async def search_collections(visit: VisitDep, said: SearchManyCreate) -> SearchAnswer:
    """Find the passages of several collections that answer a question best, among those the caller may read."""
    return answer(await search_of(visit).run_many(said.collection_ids, said.question()), request_id.get())


@router.post("/search/as", operation_id="search_collections_as")
@gate(Matrix.SEARCH, transaction=False, module=MODULE)
async def search_collections_as(visit: VisitDep, said: SearchManyAsCreate) -> SearchAsAnswer:
    """Show what somebody else would find in several collections, as of one; audited for each.

    Needs all of MANAGER on each of them.
    """
    asked = list(dict.fromkeys(said.collection_ids))
    await require_collections(visit, asked, Permission(MANAGER))
    searching = await _searching_as(visit, said.as_user_id, asked)
    return answer_as(await searching.run_many(asked, said.question()), request_id.get())


async def _searching_as(visit: Visit, user_id: str, collection_ids: Sequence[str]) -> SearchAs:
    """What searches with the eyes of somebody else too, once it is written down that it does."""
    other = await somebody_else(visit, user_id)
    async with transaction_of(visit, writes=True):
        for id_ in collection_ids:
            visit.record("collection.searched_as", ("collection", id_), as_user_id=other.user_id)
    return SearchAs(search_of(visit), other)


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
