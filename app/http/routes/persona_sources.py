"""Roof, HTTP: the places personas read."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.persona_path import (
    MODULE,
    PREFIX,
    NamedSource,
    PersonaPath,
    SourcePath,
    attaching,
    named_persona,
    named_source,
)
from app.http.route import GatedRoute
from app.http.visit import PageDep, VisitDep
from app.http.wire.persona_sources import PersonaSourceCreate, PersonaSourcePut, PersonaSourceRead
from app.identity.permissions import Persona

router = APIRouter(prefix=PREFIX, tags=["scaipersona"], route_class=GatedRoute)
ALL = "/{persona_id}/sources"
ONE = f"{ALL}/{{persona_source_id}}"


@router.get(ALL, operation_id="list_persona_sources")
@gate(Persona.VIEW, guard=named_persona, module=MODULE)
async def list_sources(visit: VisitDep, _: PersonaPath, page: PageDep) -> Listing[PersonaSourceRead]:
    """List the places a persona reads, disabled ones too."""
    return listing(visit, page, await attaching(visit, visit.subject).page(page), PersonaSourceRead.of)


@router.post(ALL, operation_id="add_persona_source", status_code=201)
@gate(Persona.MANAGE, guard=named_persona, creates=True, module=MODULE)
async def add_source(visit: VisitDep, _: PersonaPath, said: PersonaSourceCreate) -> Success[PersonaSourceRead]:
    """Have a persona read a collection that the caller may read, or a share of ScaiDrive."""
    row = await attaching(visit, visit.subject).add(said.model_dump())
    place = {"source_id": row.id, "source_type": row.source_type, "place_id": row.source_id}
    visit.record("persona.source_added", ("persona", row.persona_id), **place)
    visit.etag(row.version)
    return success(PersonaSourceRead.of(row))


@router.get(ONE, operation_id="get_persona_source")
@gate(Persona.VIEW, guard=named_source, module=MODULE)
async def get_source(visit: VisitDep, _: PersonaPath, __: SourcePath) -> Success[PersonaSourceRead]:
    """Show one of them."""
    found: NamedSource = visit.subject
    visit.etag(found.row.version)
    return success(PersonaSourceRead.of(found.row))


@router.put(ONE, operation_id="replace_persona_source")
@gate(Persona.MANAGE, guard=named_source, module=MODULE)
async def put_source(
    visit: VisitDep, _: PersonaPath, __: SourcePath, said: PersonaSourcePut
) -> Success[PersonaSourceRead]:
    """Change the fields that are given; nulls are ignored."""
    found: NamedSource = visit.subject
    visit.expect(found.row.version)
    fields = await attaching(visit, found.persona).change(found.row, said.meant())
    if fields:
        visit.record("persona.source_updated", ("persona", found.persona.id), source_id=found.row.id, fields=fields)
    visit.etag(found.row.version)
    return success(PersonaSourceRead.of(found.row))


@router.delete(ONE, operation_id="remove_persona_source")
@gate(Persona.MANAGE, guard=named_source, module=MODULE)
async def remove_source(visit: VisitDep, _: PersonaPath, __: SourcePath) -> Success[Deleted]:
    """Have a persona read a place no longer."""
    found: NamedSource = visit.subject
    visit.expect(found.row.version)
    await attaching(visit, found.persona).remove(found.row)
    visit.record("persona.source_removed", ("persona", found.persona.id), source_id=found.row.id)
    return success(Deleted())
