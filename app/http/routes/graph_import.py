"""Roof, HTTP: a file of things and relations, written in a graph as one, or not at all."""

from __future__ import annotations

import asyncio
import hashlib

from fastapi import APIRouter, Response

from app.http.access_path import MODULE, CollectionPath
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.graph_lines import NDJSON, expect_lines, lines_of
from app.http.graph_path import once_or_now, to_write, write
from app.http.route import GatedRoute
from app.http.routes.graph import GRAPH
from app.http.visit import VisitDep
from app.http.wire.graph_edits import GraphImportRead
from app.identity.permissions import Matrix
from rag.graphs.editing import GraphPlanning, Plan
from rag.graphs.importing import Importing, NodeLine

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


@router.post(
    f"{GRAPH}/import", operation_id="import_graph", response_model=Success[GraphImportRead], openapi_extra=NDJSON
)
@gate(Matrix.GRAPH_EDIT, guard=to_write, creates=True, transaction=False, module=MODULE)
async def import_graph(visit: VisitDep, _: CollectionPath) -> Response:
    """Write all things and relations of a file, or, where anything is wrong with a line, none of them.

    What was by hand of the same things and relations is replaced, so that a file may be sent again.
    """
    expect_lines(visit.request)
    body = await visit.body()
    lines = await asyncio.to_thread(lines_of, body)

    async def add() -> Response:
        async def plan(planning: GraphPlanning) -> Plan:
            return await Importing(planning).plan(lines)

        await write(visit, import_graph, plan, "graph.imported")
        nodes = sum(isinstance(line, NodeLine) for line in lines)
        read = GraphImportRead(node_count=nodes, edge_count=len(lines) - nodes, graph_available=True)
        return Response(success(read).model_dump_json(), media_type="application/json")

    return await once_or_now(visit, hashlib.sha256(body).hexdigest(), add)
