"""Roof, HTTP: documents that come from elsewhere: from an address, or from ScaiDrive."""

from __future__ import annotations

import hashlib
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, Request, Response

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.envelope import Success
from app.http.gate import gate, gate_of
from app.http.keyed import fingerprint_of, in_transaction_once, key_of
from app.http.outgoing import checked_address
from app.http.route import GatedRoute
from app.http.routes.documents import ALL, intake_of, written
from app.http.transacting import transaction_of
from app.http.visit import Visit, VisitDep
from app.http.wire.documents import DocumentRead, FromScaiDriveCreate, FromUrlCreate
from app.identity.permissions import Matrix
from indexing.documents.content import Content
from indexing.documents.describing import describe
from indexing.documents.errors import DocumentChanged
from indexing.documents.found import FoundDocument
from indexing.documents.intake import SCAIDRIVE, URL, Arrival, Origin
from indexing.documents.naming import name_of_url
from indexing.documents.replacing import Replacing
from indexing.documents.returning import held_already, is_used
from indexing.drive.files import DriveFile

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_to_ingest = collection_to(Permission.INGEST)


@router.post(f"{ALL}/from-url", operation_id="document_from_url", status_code=202, response_model=Success[DocumentRead])
@gate(Matrix.INGEST, guard=_to_ingest, creates=True, transaction=False, module=MODULE)
async def post_from_url(visit: VisitDep, _: CollectionPath, said: FromUrlCreate) -> Response:
    """Have a document fetched from a public address; one that is held already is fetched anew."""
    key_of(visit)
    url = await checked_address(visit, "url", said.url)
    origin = Origin(URL, url, _digest(URL, url))

    async def accept(_request: Request) -> Response:
        held = await _held(visit, origin)
        if held is None:
            arrival = Arrival(said.name or name_of_url(url), said.metadata or {}, origin=origin)
            into, caller = visit.subject.id, visit.caller
            held = await intake_of(visit).promise(visit.transaction, arrival, into=into, caller=caller)
        else:
            await describe(visit.transaction, held.row, name=said.name, details=said.metadata)
            await _replacing(visit).refresh(held.row)
        return await written(visit, held, 202)

    fingerprint = fingerprint_of(visit, said.model_dump())
    return await in_transaction_once(visit, gate_of(post_from_url), fingerprint, accept)


@router.post(
    f"{ALL}/from-scaidrive",
    operation_id="document_from_scaidrive",
    status_code=202,
    response_model=Success[DocumentRead],
)
@gate(Matrix.INGEST, guard=_to_ingest, creates=True, transaction=False, module=MODULE)
async def post_from_scaidrive(visit: VisitDep, _: CollectionPath, said: FromScaiDriveCreate) -> Response:
    """Take in a file of a ScaiDrive share that the caller may read there; one that is held already is replaced."""
    key_of(visit)
    await visit.require_still()
    platform, tenant_id = visit.platform, visit.tenant_id
    base_url = (await platform.switchboard.settings_of(tenant_id, "scaipersona")).get("scaidrive_base_url")
    state = {"share_id": said.share_id, "file_id": said.file_id}
    origin = Origin(SCAIDRIVE, None, _digest(SCAIDRIVE, said.share_id, said.file_id), state)
    async with transaction_of(visit, writes=False):
        held = await _held(visit, origin)
    opening = platform.drive.opened(base_url, visit.bearer, said.share_id, said.file_id)
    async with opening as file, _keeping(visit, file, held) as content:
        await visit.require_still()
        called = said.name or file.name or said.file_id
        arrival = Arrival(called, said.metadata or {}, file.media_type, origin, file.name)

        async def accept(_request: Request) -> Response:
            return await written(visit, await _taken(visit, content, arrival, said), 202)

        fingerprint = fingerprint_of(visit, said.model_dump(), content.sha256)
        return await in_transaction_once(visit, gate_of(post_from_scaidrive), fingerprint, accept)


def _keeping(visit: Visit, file: DriveFile, held: FoundDocument | None) -> AbstractAsyncContextManager[Content]:
    document_id = None if held is None else held.id
    return intake_of(visit).keeping.keeping(visit.tenant_id, file.parts, document_id=document_id)


async def _taken(visit: Visit, content: Content, arrival: Arrival, said: FromScaiDriveCreate) -> FoundDocument:
    held = await _held(visit, arrival.origin)
    if held is None:
        if await is_used(visit.session, content.document_id):
            raise DocumentChanged
        intake, into = intake_of(visit), visit.subject.id
        return await intake.accept(visit.transaction, content, arrival, into=into, caller=visit.caller)
    if held.id != content.document_id:
        raise DocumentChanged
    await describe(visit.transaction, held.row, name=said.name, details=said.metadata)
    await _replacing(visit).replace(held.row, content, arrival.declared_type, arrival.filename)
    return held


async def _held(visit: Visit, origin: Origin) -> FoundDocument | None:
    resolver = visit.platform.access.resolver(visit.session)
    return await held_already(resolver, visit.caller, visit.subject.id, origin)


def _replacing(visit: Visit) -> Replacing:
    return Replacing(visit.transaction, visit.platform.jobs, visit.caller)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
