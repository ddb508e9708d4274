"""Roof, HTTP: sets of cases that personas are measured on."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.eval_path import MODULE, PREFIX, SetPath, named_set, set_authoring
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, VisitDep
from app.http.wire.eval_sets import EvalSetCreate, EvalSetPatch, EvalSetRead, EvalVersionRead
from app.identity.permissions import Persona
from evals.queries import SavedSet, sets_page, versions_page

router = APIRouter(prefix=f"{PREFIX}/sets", tags=["evals"], route_class=GatedRoute)
ONE = "/{set_id}"


@router.get("", operation_id="list_eval_sets")
@gate(Persona.VIEW, module=MODULE)
async def list_sets(visit: VisitDep, page: PageDep) -> Listing[EvalSetRead]:
    """List the tenant's sets."""
    return listing(visit, page, await sets_page(visit.session, page), EvalSetRead.of)


@router.post("", operation_id="create_eval_set", status_code=201)
@gate(Persona.TEST, creates=True, module=MODULE)
async def create_set(visit: VisitDep, said: EvalSetCreate) -> Success[EvalSetRead]:
    """Make a set; then send its cases, as a file or one by one."""
    row = await set_authoring(visit).add(said.meant())
    visit.record("evaluation_set.created", ("evaluation_set", row.id), slug=row.slug)
    visit.etag(row.version)
    return success(EvalSetRead.of(row))


@router.get(ONE, operation_id="get_eval_set")
@gate(Persona.VIEW, guard=named_set, module=MODULE)
async def get_set(visit: VisitDep, _: SetPath) -> Success[EvalSetRead]:
    """Show a set."""
    visit.etag(visit.subject.version)
    return success(EvalSetRead.of(visit.subject))


@router.patch(ONE, operation_id="update_eval_set")
@gate(Persona.TEST, guard=named_set, module=MODULE)
async def patch_set(visit: VisitDep, _: SetPath, said: EvalSetPatch) -> Success[EvalSetRead]:
    """Change the fields that are given."""
    row: SavedSet = visit.subject
    visit.expect(row.version)
    fields = await set_authoring(visit).change(row, said.meant())
    if fields:
        visit.record("evaluation_set.updated", ("evaluation_set", row.id), slug=row.slug, fields=fields)
    visit.etag(row.version)
    return success(EvalSetRead.of(row))


@router.delete(ONE, operation_id="delete_eval_set")
@gate(Persona.TEST, guard=named_set, module=MODULE)
async def delete_set(visit: VisitDep, _: SetPath) -> Success[Deleted]:
    """Delete a set with its versions and all runs of it; not while a gate or a run that goes on needs it."""
    row: SavedSet = visit.subject
    visit.expect(row.version)
    await set_authoring(visit).remove(row)
    visit.record("evaluation_set.deleted", ("evaluation_set", row.id), slug=row.slug)
    return success(Deleted())


@router.get(f"{ONE}/versions", operation_id="list_eval_set_versions")
@gate(Persona.VIEW, guard=named_set, module=MODULE)
async def list_versions(visit: VisitDep, _: SetPath, page: PageDep) -> Listing[EvalVersionRead]:
    """List the versions of a set; none of them ever changes."""
    return listing(visit, page, await versions_page(visit.session, visit.subject, page), EvalVersionRead.of)
