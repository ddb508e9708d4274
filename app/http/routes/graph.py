"""Roof, HTTP: what is asked of the graph of a collection, as its caller sees it."""

from __future__ import annotations

from fastapi import APIRouter

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath, collection_for
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.graph_path import reading_of
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.http.wire.graph import (
    ContextCreate,
    ContextRead,
    GraphQueryCreate,
    GraphRead,
    GraphSearchCreate,
    GraphStatsRead,
    PathsCreate,
    PathsRead,
    TraverseCreate,
)
from app.identity.permissions import Matrix

GRAPH = "/collections/{collection_id}/graph"
router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_to_read = collection_for(Permission.READ)


@router.post(f"{GRAPH}/search", operation_id="search_graph")
@gate(Matrix.SEARCH, guard=_to_read, transaction=False, module=MODULE)
async def search_graph(visit: VisitDep, collection_id: CollectionPath, said: GraphSearchCreate) -> Success[GraphRead]:
    """Find the things that a text names, best first, and the relations between them."""
    return success(GraphRead.of(await reading_of(visit).search(collection_id, said.query, limit=said.limit)))


@router.post(f"{GRAPH}/query", operation_id="query_graph")
@gate(Matrix.SEARCH, guard=_to_read, transaction=False, module=MODULE)
async def query_graph(visit: VisitDep, collection_id: CollectionPath, said: GraphQueryCreate) -> Success[GraphRead]:
    """Find the things with some labels, names and properties, and the relations between them."""
    return success(GraphRead.of(await reading_of(visit).query(collection_id, said.asked(), limit=said.limit)))


@router.post(f"{GRAPH}/traverse", operation_id="traverse_graph")
@gate(Matrix.SEARCH, guard=_to_read, transaction=False, module=MODULE)
async def traverse_graph(visit: VisitDep, collection_id: CollectionPath, said: TraverseCreate) -> Success[GraphRead]:
    """Walk from a thing over its relations, the nearest first."""
    return success(GraphRead.of(await reading_of(visit).traverse(collection_id, said.start_node_id, said.walk())))


@router.post(f"{GRAPH}/paths", operation_id="find_graph_paths")
@gate(Matrix.SEARCH, guard=_to_read, transaction=False, module=MODULE)
async def find_graph_paths(visit: VisitDep, collection_id: CollectionPath, said: PathsCreate) -> Success[PathsRead]:
    """Find ways between two things, whichever way the relations point; the shortest first."""
    found = await reading_of(visit).paths(
        collection_id, said.source_id, said.target_id, max_depth=said.max_depth, limit=said.limit
    )
    return success(PathsRead.of(found))


@router.post(f"{GRAPH}/context", operation_id="get_graph_context")
@gate(Matrix.SEARCH, guard=_to_read, transaction=False, module=MODULE)
async def get_graph_context(
    visit: VisitDep, collection_id: CollectionPath, said: ContextCreate
) -> Success[ContextRead]:
    """Gather what the graph knows around a question, and the passages that answer it."""
    found = await reading_of(visit).context(collection_id, said.query, top_k=said.top_k, depth=said.depth)
    return success(ContextRead.of(found))


@router.get(f"{GRAPH}/stats", operation_id="get_graph_stats")
@gate(Matrix.VIEW, guard=_to_read, transaction=False, module=MODULE)
async def get_graph_stats(visit: VisitDep, collection_id: CollectionPath) -> Success[GraphStatsRead]:
    """Count what the caller sees of the graph."""
    return success(GraphStatsRead.of(await reading_of(visit).stats(collection_id)))
