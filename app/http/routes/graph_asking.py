"""Roof, HTTP: a question to a collection, answered by its model out of its graph and documents."""

from __future__ import annotations

from fastapi import APIRouter, Response

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.document_right import streams_of
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.graph_path import reading_of
from app.http.open_streams import Right
from app.http.route import GatedRoute
from app.http.routes.documents import GONE
from app.http.routes.graph import GRAPH
from app.http.streaming import unless_gone
from app.http.visit import Visit, VisitDep
from app.http.wire.graph_asking import AnswerRead, AskCreate, NoAnswerRead, answer_read
from app.identity.credentials import Admitted
from app.identity.permissions import Matrix
from indexing.collections.access import OpenCollection
from indexing.collections.errors import GraphNotEnabled
from rag.graphs.asking import GraphAsking

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


@router.post(f"{GRAPH}/ask", operation_id="ask_graph", response_model=Success[AnswerRead | NoAnswerRead])
@gate(Matrix.SEARCH, guard=collection_to(Permission.READ), transaction=False, module=MODULE)
async def ask_graph(visit: VisitDep, collection_id: CollectionPath, said: AskCreate) -> Response:
    """Answer a question with the numbers of what says so, by the collection's graph_extraction_model."""
    opened: OpenCollection = visit.subject
    model = opened.row.graph_extraction_model
    if not opened.row.graph_enabled or model is None:
        raise GraphNotEnabled
    asking = GraphAsking(reading_of(visit), visit.platform.gateway, visit.caller, visit.epochs)
    work = asking.run(collection_id, model, said.question)
    reply = await unless_gone(visit.request, work, streams_of(visit), _right(visit))
    if reply is None:
        return Response(status_code=GONE)
    read = success(answer_read(reply))
    return Response(read.model_dump_json(), media_type="application/json")


def _right(visit: Visit) -> Right:
    """An answer may take for as long as it might be asked for anew."""

    async def recheck(admitted: Admitted) -> None:
        admitted.caller.require(Matrix.SEARCH)

    return Right(visit.bearer, recheck, visit.place)
