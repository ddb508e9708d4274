"""Roof, HTTP: the documents of collections."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.document_path import DocumentPath, document_to, seen_by_caller
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate, gate_of
from app.http.keyed import fingerprint_of, in_transaction_once, key_of
from app.http.route import GatedRoute
from app.http.uploads import FORM, received
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.documents import DocumentPatch, DocumentRead
from app.identity.permissions import Matrix
from indexing.documents.content import ContentKeeping
from indexing.documents.describing import describe
from indexing.documents.found import FoundDocument, Wanted
from indexing.documents.intake import Arrival, DocumentIntake
from indexing.documents.listing import Listing as Shelf
from indexing.documents.replacing import Replacing
from indexing.documents.status import DocumentStatus
from indexing.erasing.removal import remove_document

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
ALL = "/collections/{collection_id}/documents"
ONE = "/collections/{collection_id}/documents/{document_id}"
GONE = 499
StatusQuery = Annotated[DocumentStatus | None, Query(description="Only those in this status.")]
NameQuery = Annotated[str | None, Query(max_length=255, description="Only those whose name begins so.")]


@router.post(
    ALL, operation_id="upload_document", status_code=201, response_model=Success[DocumentRead], openapi_extra=FORM
)
@gate(Matrix.INGEST, guard=collection_to(Permission.INGEST), creates=True, transaction=False, module=MODULE)
async def post_document(visit: VisitDep, _: CollectionPath) -> Response:
    """Take a file in; it is read, cut and embedded after the answer. Its sender owns it."""
    key_of(visit)
    try:
        async with received(visit) as upload:

            async def accept(_request: Request) -> Response:
                said, filename = upload.said, upload.filename
                arrival = Arrival(upload.name, said.metadata or {}, upload.declared_type, filename=filename)
                intake, into = intake_of(visit), visit.subject.id
                found = await intake.accept(visit.transaction, upload.content, arrival, into=into, caller=visit.caller)
                return await written(visit, found, 201)

            fingerprint = fingerprint_of(visit, *upload.told)
            return await in_transaction_once(visit, gate_of(post_document), fingerprint, accept)
    except ClientDisconnect:
        return Response(status_code=GONE)


@router.get(ALL, operation_id="list_documents")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def list_documents(
    visit: VisitDep,
    _: CollectionPath,
    page: PageDep,
    status: StatusQuery = None,
    name: NameQuery = None,
    name_prefix: NameQuery = None,
) -> Listing[DocumentRead]:
    """List the documents the caller may read; needs READ and LIST on each. `name` and `name_prefix` are the same."""
    wanted = Wanted(visit.subject.id, status, name or name_prefix, page.order)
    return listing(visit, page, await shelf_of(visit).page(wanted, page), DocumentRead.of)


@router.get("/documents/{document_id}", operation_id="get_document_by_id")
@router.get(ONE, operation_id="get_document")
@gate(Matrix.VIEW, guard=document_to(Permission.READ), module=MODULE)
async def get_document(visit: VisitDep, document_id: DocumentPath) -> Success[DocumentRead]:
    """Show a document; by its id alone also to those who may not read its collection."""
    return success(await shown(visit, visit.subject))


@router.patch(ONE, operation_id="update_document")
@gate(Matrix.INGEST, guard=document_to(Permission.WRITE), module=MODULE)
async def patch_document(
    visit: VisitDep, _: CollectionPath, document_id: DocumentPath, said: DocumentPatch
) -> Success[DocumentRead]:
    """Change what a document is called, or its metadata; what is left out, or null, stays."""
    found: FoundDocument = visit.subject
    visit.expect(found.row.version)
    changed = await describe(visit.transaction, found.row, name=said.name, details=said.metadata)
    if changed:
        visit.record("document.updated", ("document", found.id), fields=changed)
    return success(await shown(visit, found))


@router.post(f"{ONE}/retry", operation_id="retry_document", status_code=202)
@gate(Matrix.INGEST, guard=document_to(Permission.WRITE), module=MODULE)
async def retry_document(visit: VisitDep, _: CollectionPath, document_id: DocumentPath) -> Success[DocumentRead]:
    """Try again now what has failed or waits; what earlier stages have made is not made again."""
    found: FoundDocument = visit.subject
    await Replacing(visit.transaction, visit.platform.jobs, visit.caller).retry(found.row)
    return success(await shown(visit, found))


@router.delete(ONE, operation_id="delete_document")
@gate(Matrix.INGEST, guard=document_to(Permission.DELETE), module=MODULE)
async def delete_document(visit: VisitDep, _: CollectionPath, document_id: DocumentPath) -> Success[Deleted]:
    """Delete a document: unreadable at once, and soon erased from every store."""
    found: FoundDocument = visit.subject
    visit.expect(found.row.version)
    await remove_document(visit.transaction, visit.platform.jobs, found.row)
    visit.record("document.deleted", ("document", found.id), collection_id=found.row.collection_id)
    return success(Deleted())


def shelf_of(visit: Visit) -> Shelf:
    """What lists documents with the eyes of the caller."""
    return Shelf(visit.platform.chokepoint, visit.session, visit.caller)


def intake_of(visit: Visit) -> DocumentIntake:
    """The door into collections."""
    platform = visit.platform
    keeping = ContentKeeping(platform.transactions, platform.blobs)
    return DocumentIntake(platform.access, keeping, platform.jobs)


async def shown(visit: Visit, found: FoundDocument) -> DocumentRead:
    """A document as its caller may see it; its progress changes without a new version of it."""
    seen = await seen_by_caller(visit, found)
    visit.etag(found.row.version, beside=str(found.row.changes))
    return DocumentRead.of(seen)


async def written(visit: Visit, found: FoundDocument, status: int) -> Response:
    """The same as an answer, made before the commit."""
    body = success(await shown(visit, found)).model_dump_json()
    return Response(body, status, media_type="application/json")
