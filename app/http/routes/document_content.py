"""Roof, HTTP: what documents hold: their files, their passages, and what becomes of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.requests import ClientDisconnect

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.document_events import CollectionEvents, DocumentEvents, is_over, moment_of, number_of
from app.http.document_path import DocumentPath, RisingPageDep, document_to, seen_by_caller
from app.http.document_right import right_to, streams_of, watching
from app.http.envelope import Listing, Success, listing
from app.http.file_answer import FileAnswer
from app.http.gate import gate, gate_of
from app.http.route import GatedRoute
from app.http.routes.documents import GONE, ONE, shelf_of, written
from app.http.streaming import EventResponse
from app.http.transacting import in_transaction
from app.http.uploads import FORM, received
from app.http.visit import Visit, VisitDep
from app.http.wire.documents import ChunkRead, DocumentRead
from app.identity.permissions import Matrix
from indexing.documents.describing import describe
from indexing.documents.errors import ContentNotThere
from indexing.documents.found import FoundDocument
from indexing.documents.replacing import Replacing
from indexing.documents.watching import ChangesOf

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_BINARY = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file, to be saved", "content": _BINARY},
    206: {"description": "The part that was asked for", "content": _BINARY},
    304: {"description": "Still what you have"},
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, each with an `id`", "content": {"text/event-stream": {}}}
}
_UNTIL_DONE = {**_EVENTS, 204: {"description": "Nothing more will come"}}
LastEvent = Annotated[str | None, Header(alias="Last-Event-ID", max_length=100, description="Go on after this event.")]


@router.put(
    f"{ONE}/content", operation_id="replace_document_content", response_model=Success[DocumentRead], openapi_extra=FORM
)
@gate(Matrix.INGEST, guard=document_to(Permission.WRITE), transaction=False, module=MODULE)
async def put_content(visit: VisitDep, _: CollectionPath, document_id: DocumentPath) -> Response:
    """Give a document another file; the old text answers until the new one can be found."""
    guarded: FoundDocument = visit.subject
    visit.expect(guarded.row.version)
    try:
        async with received(visit, document_id=guarded.id) as upload:

            async def replace(_request: Request) -> Response:
                found: FoundDocument = visit.subject
                visit.expect(found.row.version)
                await describe(visit.transaction, found.row, name=upload.said.name, details=upload.said.metadata)
                replacing = Replacing(visit.transaction, visit.platform.jobs, visit.caller)
                await replacing.replace(found.row, upload.content, upload.declared_type, upload.filename)
                return await written(visit, found, 200)

            return await in_transaction(visit, gate_of(put_content), replace)
    except ClientDisconnect:
        return Response(status_code=GONE)


@router.get(
    "/documents/{document_id}/content",
    operation_id="get_document_content_by_id",
    response_class=Response,
    responses=_FILE,
)
@router.get(f"{ONE}/content", operation_id="get_document_content", response_class=Response, responses=_FILE)
@gate(Matrix.VIEW, guard=document_to(Permission.READ), transaction=False, module=MODULE)
async def get_content(visit: VisitDep, document_id: DocumentPath) -> Response:
    """Give the file as it came, as an attachment; a `Range` of it, if one is asked for."""
    found: FoundDocument = visit.subject
    if found.row.blob_key is None:
        raise ContentNotThere
    seen = await watching(visit).document(found.id)
    right = right_to(visit, collection_id=_collection(visit), document_id=found.id)
    return FileAnswer(seen, visit.request, visit.platform.blobs, streams_of(visit), right)


@router.get("/documents/{document_id}/chunks", operation_id="list_document_chunks_by_id")
@router.get(f"{ONE}/chunks", operation_id="list_document_chunks")
@gate(Matrix.VIEW, guard=document_to(Permission.READ), module=MODULE)
async def list_chunks(visit: VisitDep, document_id: DocumentPath, page: RisingPageDep) -> Listing[ChunkRead]:
    """List the passages by which a document is found now, in the order they stand in it."""
    await seen_by_caller(visit, visit.subject)
    return listing(visit, page, await shelf_of(visit).chunks(visit.subject, page), ChunkRead.of)


@router.get(f"{ONE}/events", operation_id="watch_document", response_class=Response, responses=_UNTIL_DONE)
@gate(Matrix.VIEW, guard=document_to(Permission.READ), transaction=False, module=MODULE)
async def watch_document(
    visit: VisitDep, _: CollectionPath, document_id: DocumentPath, last_event_id: LastEvent = None
) -> Response:
    """Tell what becomes of a document: `progress`, then `indexed` or `failed`, with which the stream ends."""
    after = number_of(last_event_id)
    seen = await watching(visit).document(visit.subject.id)
    if is_over(seen) and after == seen.value.row.changes:
        return Response(status_code=204)  # nothing more will come: browsers then stop to ask
    events = DocumentEvents(watching(visit), seen.value.id, after)
    right = right_to(visit, collection_id=_collection(visit), document_id=seen.value.id)
    return EventResponse(events, streams_of(visit), right, visit.headers)


@router.get(
    "/collections/{collection_id}/events", operation_id="watch_collection", response_class=Response, responses=_EVENTS
)
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), transaction=False, module=MODULE)
async def watch_collection(
    visit: VisitDep,
    collection_id: CollectionPath,
    last_event_id: LastEvent = None,
    until: Annotated[Literal["idle"] | None, Query(description="End once no document is on its way.")] = None,
) -> Response:
    """Tell what becomes of the documents the caller may read: what changed lately, and then each change.

    `removed` tells of one that was told of and is there no more for the caller.
    """
    eyes = watching(visit)
    since = moment_of(last_event_id) or await eyes.beginning(visit.subject.id)
    events = CollectionEvents(ChangesOf(eyes, visit.subject.id, since), until_idle=until == "idle")
    return EventResponse(events, streams_of(visit), right_to(visit, collection_id=visit.subject.id), visit.headers)


def _collection(visit: Visit) -> str | None:
    """The collection the path names, if it does."""
    return visit.request.path_params.get("collection_id")
