"""Roof, HTTP: what sets ask: cases one by one, in files, and out of requests of the past; each change is a version."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from email.message import Message
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.errors import UnsupportedMediaType
from app.http.document_path import RisingPageDep
from app.http.envelope import Listing, Success, listing, success
from app.http.eval_export import MEDIA_TYPES, cases_file
from app.http.eval_path import MODULE, PREFIX, CasePath, SetPath, VersionQuery, named_set, set_authoring
from app.http.gate import gate, gate_of
from app.http.keyed import fingerprint_of, in_transaction_once
from app.http.route import GatedRoute
from app.http.transacting import in_transaction
from app.http.visit import Visit, VisitDep
from app.http.wire.eval_sets import EvalCaseRead, EvalCasesCreate, EvalFromRequestsCreate, EvalSetChangedRead
from app.http.wire.names import NameText
from app.http.wire.openapi import file_of
from app.identity.permissions import Persona
from evals.authoring import Changed, Prepared, prepared
from evals.files import FileForm, read_cases
from evals.past import Past, cases_of_past, spoken
from evals.queries import SavedSet, case_of, cases_page, version_of
from evals.values import Case

router = APIRouter(prefix=f"{PREFIX}/sets/{{set_id}}", tags=["evals"], route_class=GatedRoute)
Deed = Callable[[SavedSet], Awaitable[Changed]]
_FORMS = {
    **dict.fromkeys(
        ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"), FileForm.JSONL
    ),
    "text/csv": FileForm.CSV,
}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": {"type": "string", "description": "A case as JSON on each line."}},
            "text/csv": {
                "schema": {"type": "string", "description": "A first line that names columns, and a case on each more."}
            },
        },
    }
}
FormQuery = Annotated[FileForm, Query(alias="format", description="How the file is written.")]
NoteQuery = Annotated[NameText | None, Query(description="What is to be said of the version.")]


@router.get("/cases", operation_id="list_eval_cases")
@gate(Persona.VIEW, guard=named_set, module=MODULE)
async def list_cases(
    visit: VisitDep, _: SetPath, page: RisingPageDep, version: VersionQuery = None
) -> Listing[EvalCaseRead]:
    """List what a set asks, in its order; of a version that has gone too."""
    row: SavedSet = visit.subject
    number = row.number if version is None else (await version_of(visit.session, row, version)).number
    return listing(visit, page, await cases_page(visit.session, row, number, page), EvalCaseRead.of)


@router.get("/cases/{case_id}", operation_id="get_eval_case")
@gate(Persona.VIEW, guard=named_set, module=MODULE)
async def get_case(
    visit: VisitDep, _: SetPath, case_id: CasePath, version: VersionQuery = None
) -> Success[EvalCaseRead]:
    """Show one case."""
    row: SavedSet = visit.subject
    number = row.number if version is None else (await version_of(visit.session, row, version)).number
    return success(EvalCaseRead.of(await case_of(visit.session, row, number, case_id)))


@router.post("/cases", operation_id="add_eval_cases", status_code=201, response_model=Success[EvalSetChangedRead])
@gate(Persona.TEST, guard=named_set, creates=True, transaction=False, module=MODULE)
async def add_cases(visit: VisitDep, _: SetPath, said: EvalCasesCreate) -> Response:
    """Have a set ask these cases too, in place of those of the same ids; that is its next version."""
    cases = await _ready([case.taken() for case in said.cases])
    note = said.note

    async def put(row: SavedSet) -> Changed:
        return await set_authoring(visit).put(row, cases, note)

    return await _once(visit, add_cases, [[case.digest for case in cases], note], put)


@router.post(
    "/from-requests",
    operation_id="add_eval_cases_from_requests",
    status_code=201,
    response_model=Success[EvalSetChangedRead],
)
@gate(Persona.TEST, guard=named_set, creates=True, transaction=False, module=MODULE)
async def add_from_requests(visit: VisitDep, _: SetPath, said: EvalFromRequestsCreate) -> Response:
    """Make cases of requests as your application has kept them: the platform keeps nobody's questions by itself.

    The last user message is the question, what came before its history. What is right, somebody has yet to say.
    """
    past = [Past(spoken((one.role, one.text) for one in each.messages), each.reader) for each in said.requests]
    cases = await _ready(await asyncio.to_thread(cases_of_past, past, said.tags))
    note = said.note

    async def put(row: SavedSet) -> Changed:
        return await set_authoring(visit).put(row, cases, note)

    return await _once(visit, add_from_requests, [[case.digest for case in cases], note], put)


@router.delete("/cases/{case_id}", operation_id="remove_eval_case", response_model=Success[EvalSetChangedRead])
@gate(Persona.TEST, guard=named_set, module=MODULE)
async def remove_case(visit: VisitDep, _: SetPath, case_id: CasePath) -> Response:
    """Have a set ask a case no longer; versions that have it keep it."""

    async def drop(row: SavedSet) -> Changed:
        return await set_authoring(visit).drop(row, [case_id])

    return await _change(visit, drop, 200)


@router.put("/file", operation_id="replace_eval_cases", response_model=Success[EvalSetChangedRead], openapi_extra=_FILE)
@gate(Persona.TEST, guard=named_set, transaction=False, module=MODULE)
async def put_file(visit: VisitDep, _: SetPath, note: NoteQuery = None) -> Response:
    """Have a set ask the cases of a file and no others; where anything is wrong with a line, nothing changes."""
    form = _form_of(visit.request)
    body = await visit.body()
    cases = await asyncio.to_thread(lambda: prepared(read_cases(body, form)))

    async def replace(row: SavedSet) -> Changed:
        return await set_authoring(visit).replace(row, cases, note)

    async def change(_: Request) -> Response:
        return await _change(visit, replace, 200)

    return await in_transaction(visit, gate_of(put_file), change)


@router.get("/export", operation_id="export_eval_set", responses=file_of(*MEDIA_TYPES.values()))
@gate(Persona.VIEW, guard=named_set, module=MODULE)
async def export_set(
    visit: VisitDep, _: SetPath, form: FormQuery = FileForm.JSONL, version: VersionQuery = None
) -> StreamingResponse:
    """Give all that a version asks as a file that can be read in again."""
    found = await version_of(visit.session, visit.subject, version)
    return cases_file(visit, visit.subject, found.number, form)


async def _ready(cases: Sequence[Case]) -> list[Prepared]:
    return await asyncio.to_thread(prepared, cases)


async def _once(visit: Visit, endpoint: Callable[..., Any], said: Sequence[Any], deed: Deed) -> Response:
    async def change(_: Request) -> Response:
        return await _change(visit, deed, 201)

    told = hashlib.sha256(repr(said).encode()).hexdigest()
    return await in_transaction_once(visit, gate_of(endpoint), fingerprint_of(visit, told), change)


async def _change(visit: Visit, deed: Deed, status: int) -> Response:
    """Change what the set of the path asks, in the transaction that holds it."""
    row: SavedSet = visit.subject
    visit.expect(row.version)
    done = await deed(row)
    if done.is_new:
        told = {"added": done.added, "changed": done.changed, "removed": done.removed}
        visit.record("evaluation_set.cases_changed", ("evaluation_set", row.id), version=done.version.number, **told)
    visit.etag(row.version)
    body = success(EvalSetChangedRead.of(done)).model_dump_json()
    return Response(body, status, media_type="application/json")


def _form_of(request: Request) -> FileForm:
    said = Message()
    said["content-type"] = request.headers.get("content-type", "")
    form = _FORMS.get(said.get_content_type())
    if form is None:
        raise UnsupportedMediaType(
            "Send a file with `Content-Type: application/x-ndjson` (a case as JSON on each line) or `text/csv`."
        )
    return form
