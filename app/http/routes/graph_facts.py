"""Roof, HTTP: the things and relations of a graph, listed, shown, and written by hand."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query, Response

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath, collection_for
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.graph_path import (
    Expecting,
    GraphPageDep,
    graph_page,
    once_or_now,
    reading_of,
    to_write,
    version_of,
    write,
)
from app.http.route import GatedRoute
from app.http.routes.graph import GRAPH
from app.http.visit import Visit, VisitDep
from app.http.wire.graph import GraphPage, GraphRead, Label, OneEdgeRead, OneNodeRead
from app.http.wire.graph_edits import EdgeCreate, EdgePatch, EdgePut, GraphDeleted, NodeCreate, NodePatch, NodePut
from app.identity.permissions import Matrix
from rag.graphs.asked import EdgesAsked, NodesAsked

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
NODES, EDGES = f"{GRAPH}/nodes", f"{GRAPH}/edges"
NODE, EDGE = f"{NODES}/{{node_id}}", f"{EDGES}/{{edge_id}}"
_to_read = collection_for(Permission.READ)
NodePath = Annotated[str, Path(alias="node_id", max_length=64)]
EdgePath = Annotated[str, Path(alias="edge_id", max_length=64)]
LabelQuery = Annotated[list[Label] | None, Query(alias="label", description="Only those with one of these labels.")]
NameQuery = Annotated[str, Query(max_length=1_000, description="Only those named by words that begin so.")]
NodeQuery = Annotated[str | None, Query(max_length=64, description="Only those of this node.")]
TypeQuery = Annotated[list[Label] | None, Query(alias="type", description="Only those of one of these types.")]
OneFact = TypeVar("OneFact", OneNodeRead, OneEdgeRead)
NodeAnswer = Success[OneNodeRead | GraphRead]
EdgeAnswer = Success[OneEdgeRead | GraphRead]


@router.get(NODES, operation_id="list_graph_nodes")
@gate(Matrix.VIEW, guard=_to_read, transaction=False, module=MODULE)
async def list_graph_nodes(
    visit: VisitDep, collection_id: CollectionPath, page: GraphPageDep, label: LabelQuery = None, name: NameQuery = ""
) -> GraphPage:
    """List the things of a graph in the order of their names."""
    asked = NodesAsked(frozenset(label or ()), name)
    found = await reading_of(visit).nodes(collection_id, asked, after=page.after, limit=page.limit)
    return graph_page(visit, found)


@router.post(NODES, operation_id="create_graph_node", status_code=201, response_model=NodeAnswer)
@gate(Matrix.GRAPH_EDIT, guard=to_write, creates=True, transaction=False, module=MODULE)
async def create_graph_node(visit: VisitDep, _: CollectionPath, said: NodeCreate) -> Response:
    """Write a thing, for all who may read the collection; documents that speak of it speak of the same thing."""

    async def add() -> Response:
        made = await write(visit, create_graph_node, lambda plans: plans.add_node(said.draft()), "graph.node_created")
        return _written(await _node(visit, made))

    return await once_or_now(visit, said.model_dump(), add)


@router.get(NODE, operation_id="get_graph_node")
@gate(Matrix.VIEW, guard=_to_read, transaction=False, module=MODULE)
async def get_graph_node(visit: VisitDep, _: CollectionPath, node_id: NodePath) -> NodeAnswer:
    """Show a thing, by the id of any of its names."""
    return await _node(visit, node_id)


@router.put(NODE, operation_id="replace_graph_node")
@gate(Matrix.GRAPH_EDIT, guard=to_write, transaction=False, module=MODULE)
async def put_graph_node(visit: VisitDep, _: CollectionPath, node_id: NodePath, said: NodePut) -> NodeAnswer:
    """Write all that is by hand of a thing anew; what documents say of it stays theirs."""
    draft, deed = said.draft(), "graph.node_updated"
    return await _node(
        visit,
        await write(
            visit, put_graph_node, lambda plans: plans.change_node(node_id, draft), deed, _expect_node(visit, node_id)
        ),
    )


@router.patch(NODE, operation_id="update_graph_node")
@gate(Matrix.GRAPH_EDIT, guard=to_write, transaction=False, module=MODULE)
async def patch_graph_node(visit: VisitDep, _: CollectionPath, node_id: NodePath, said: NodePatch) -> NodeAnswer:
    """Write some of what is by hand of a thing anew."""
    draft, deed = said.draft(), "graph.node_updated"
    return await _node(
        visit,
        await write(
            visit, patch_graph_node, lambda plans: plans.change_node(node_id, draft), deed, _expect_node(visit, node_id)
        ),
    )


@router.delete(NODE, operation_id="delete_graph_node")
@gate(Matrix.GRAPH_EDIT, guard=to_write, transaction=False, module=MODULE)
async def delete_graph_node(visit: VisitDep, _: CollectionPath, node_id: NodePath) -> Success[GraphDeleted]:
    """Take a thing out of the graph, with its relations, whatever documents say of it; it stays out."""
    deed = "graph.node_deleted"
    await write(visit, delete_graph_node, lambda plans: plans.remove_node(node_id), deed, _expect_node(visit, node_id))
    return success(GraphDeleted(deleted=True, graph_available=True))


@router.get(EDGES, operation_id="list_graph_edges")
@gate(Matrix.VIEW, guard=_to_read, transaction=False, module=MODULE)
async def list_graph_edges(
    visit: VisitDep,
    collection_id: CollectionPath,
    page: GraphPageDep,
    node_id: NodeQuery = None,
    relation_type: TypeQuery = None,
) -> GraphPage:
    """List the relations of a graph, or of one thing of it."""
    asked = EdgesAsked(node_id, frozenset(relation_type or ()))
    found = await reading_of(visit).edges(collection_id, asked, after=page.after, limit=page.limit)
    return graph_page(visit, found)


@router.post(EDGES, operation_id="create_graph_edge", status_code=201, response_model=EdgeAnswer)
@gate(Matrix.GRAPH_EDIT, guard=to_write, creates=True, transaction=False, module=MODULE)
async def create_graph_edge(visit: VisitDep, _: CollectionPath, said: EdgeCreate) -> Response:
    """Write a relation, for all who see both things that it is between."""

    async def add() -> Response:
        made = await write(visit, create_graph_edge, lambda plans: plans.add_edge(said.draft()), "graph.edge_created")
        return _written(await _edge(visit, made))

    return await once_or_now(visit, said.model_dump(), add)


@router.get(EDGE, operation_id="get_graph_edge")
@gate(Matrix.VIEW, guard=_to_read, transaction=False, module=MODULE)
async def get_graph_edge(visit: VisitDep, _: CollectionPath, edge_id: EdgePath) -> EdgeAnswer:
    """Show a relation."""
    return await _edge(visit, edge_id)


@router.put(EDGE, operation_id="replace_graph_edge")
@gate(Matrix.GRAPH_EDIT, guard=to_write, transaction=False, module=MODULE)
async def put_graph_edge(visit: VisitDep, _: CollectionPath, edge_id: EdgePath, said: EdgePut) -> EdgeAnswer:
    """Write all that is by hand of a relation anew; with another type or end it is another one, with another id."""
    draft, deed = said.draft(), "graph.edge_updated"
    return await _edge(
        visit,
        await write(
            visit, put_graph_edge, lambda plans: plans.change_edge(edge_id, draft), deed, _expect_edge(visit, edge_id)
        ),
    )


@router.patch(EDGE, operation_id="update_graph_edge")
@gate(Matrix.GRAPH_EDIT, guard=to_write, transaction=False, module=MODULE)
async def patch_graph_edge(visit: VisitDep, _: CollectionPath, edge_id: EdgePath, said: EdgePatch) -> EdgeAnswer:
    """Write some of what is by hand of a relation anew."""
    draft, deed = said.draft(), "graph.edge_updated"
    return await _edge(
        visit,
        await write(
            visit, patch_graph_edge, lambda plans: plans.change_edge(edge_id, draft), deed, _expect_edge(visit, edge_id)
        ),
    )


@router.delete(EDGE, operation_id="delete_graph_edge")
@gate(Matrix.GRAPH_EDIT, guard=to_write, transaction=False, module=MODULE)
async def delete_graph_edge(visit: VisitDep, _: CollectionPath, edge_id: EdgePath) -> Success[GraphDeleted]:
    """Take a relation out of the graph, whatever documents say of it; it stays out."""
    deed = "graph.edge_deleted"
    await write(visit, delete_graph_edge, lambda plans: plans.remove_edge(edge_id), deed, _expect_edge(visit, edge_id))
    return success(GraphDeleted(deleted=True, graph_available=True))


async def _node(visit: Visit, node_id: str) -> NodeAnswer:
    found = await reading_of(visit).node(visit.request.path_params["collection_id"], node_id)
    return success(_versioned(visit, OneNodeRead.of(found.nodes[0])) if found.available else GraphRead.of(found))


async def _edge(visit: Visit, edge_id: str) -> EdgeAnswer:
    found = await reading_of(visit).edge(visit.request.path_params["collection_id"], edge_id)
    return success(_versioned(visit, OneEdgeRead.of(found.edges[0])) if found.available else GraphRead.of(found))


def _versioned(visit: Visit, one: OneFact) -> OneFact:
    visit.etag(version_of(one))
    return one


def _expect_node(visit: Visit, node_id: str) -> Expecting:
    """Refuse to change what is another by now than who changes it has seen."""

    async def expect() -> None:
        found = await reading_of(visit).node(visit.subject.id, node_id)
        if found.available:
            visit.expect(version_of(OneNodeRead.of(found.nodes[0])))

    return expect


def _expect_edge(visit: Visit, edge_id: str) -> Expecting:
    """Refuse to change what is another by now than who changes it has seen."""

    async def expect() -> None:
        found = await reading_of(visit).edge(visit.subject.id, edge_id)
        if found.available:
            visit.expect(version_of(OneEdgeRead.of(found.edges[0])))

    return expect


def _written(answer: NodeAnswer | EdgeAnswer) -> Response:
    return Response(answer.model_dump_json(), 201, media_type="application/json")
