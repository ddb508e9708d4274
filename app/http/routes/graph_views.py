"""Roof, HTTP: views of the graph of a collection, saved under names for all who may read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.graph_path import to_write, version_of
from app.http.route import GatedRoute
from app.http.routes.graph import GRAPH
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.graph_edits import GraphViewCreate, GraphViewPatch, GraphViewRead
from app.identity.permissions import Matrix
from indexing.graphs.views import GraphViews

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
VIEWS = f"{GRAPH}/views"
VIEW = f"{VIEWS}/{{view_id}}"
_to_read = collection_to(Permission.READ)
ViewPath = Annotated[str, Path(alias="view_id", max_length=64)]


@router.get(VIEWS, operation_id="list_graph_views")
@gate(Matrix.VIEW, guard=_to_read, module=MODULE)
async def list_graph_views(visit: VisitDep, _: CollectionPath, page: PageDep) -> Listing[GraphViewRead]:
    """List the views that were saved of a graph."""
    return listing(visit, page, await _views(visit).page(page), GraphViewRead.model_validate)


@router.post(VIEWS, operation_id="create_graph_view", status_code=201)
@gate(Matrix.GRAPH_EDIT, guard=to_write, creates=True, module=MODULE)
async def create_graph_view(visit: VisitDep, _: CollectionPath, said: GraphViewCreate) -> Success[GraphViewRead]:
    """Save a view: what is to be asked of the graph, under a name."""
    made = await _views(visit).add(said.name, said.query, visit.caller.user_id)
    visit.record("graph.view_created", ("collection", visit.subject.id), view_id=made.id)
    return _shown(visit, GraphViewRead.model_validate(made))


@router.get(VIEW, operation_id="get_graph_view")
@gate(Matrix.VIEW, guard=_to_read, module=MODULE)
async def get_graph_view(visit: VisitDep, _: CollectionPath, view_id: ViewPath) -> Success[GraphViewRead]:
    """Show a saved view."""
    return _shown(visit, GraphViewRead.model_validate(await _views(visit).one(view_id)))


@router.put(VIEW, operation_id="replace_graph_view")
@gate(Matrix.GRAPH_EDIT, guard=to_write, module=MODULE)
async def put_graph_view(
    visit: VisitDep, _: CollectionPath, view_id: ViewPath, said: GraphViewCreate
) -> Success[GraphViewRead]:
    """Save a view anew."""
    return await _change(visit, view_id, GraphViewPatch(name=said.name, query=said.query))


@router.patch(VIEW, operation_id="update_graph_view")
@gate(Matrix.GRAPH_EDIT, guard=to_write, module=MODULE)
async def patch_graph_view(
    visit: VisitDep, _: CollectionPath, view_id: ViewPath, said: GraphViewPatch
) -> Success[GraphViewRead]:
    """Change what is given of a view."""
    return await _change(visit, view_id, said)


@router.delete(VIEW, operation_id="delete_graph_view")
@gate(Matrix.GRAPH_EDIT, guard=to_write, module=MODULE)
async def delete_graph_view(visit: VisitDep, _: CollectionPath, view_id: ViewPath) -> Success[Deleted]:
    """Keep a view no longer."""
    row = await _views(visit).one(view_id)
    visit.expect(version_of(GraphViewRead.model_validate(row)))
    await _views(visit).remove(row)
    visit.record("graph.view_deleted", ("collection", visit.subject.id), view_id=view_id)
    return success(Deleted())


def _views(visit: Visit) -> GraphViews:
    return GraphViews(visit.transaction, visit.subject.id)


def _shown(visit: Visit, view: GraphViewRead) -> Success[GraphViewRead]:
    visit.etag(version_of(view))
    return success(view)


async def _change(visit: Visit, view_id: str, said: GraphViewPatch) -> Success[GraphViewRead]:
    row = await _views(visit).one(view_id)
    visit.expect(version_of(GraphViewRead.model_validate(row)))
    changed = await _views(visit).change(row, said.name, said.query)
    if changed:
        visit.record("graph.view_updated", ("collection", visit.subject.id), view_id=view_id, fields=changed)
    return _shown(visit, GraphViewRead.model_validate(row))
