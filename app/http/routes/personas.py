"""Roof, HTTP: personas."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate, gate_of
from app.http.persona_path import MODULE, PREFIX, PersonaPath, authoring, named_persona
from app.http.route import GatedRoute
from app.http.transacting import in_transaction
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.personas import PersonaCreate, PersonaPatch, PersonaPut, PersonaRead
from app.identity.permissions import Persona
from rag.personas.authoring import Authored, SavedPersona
from rag.personas.avatar import forget_portrait

router = APIRouter(prefix=PREFIX, tags=["scaipersona"], route_class=GatedRoute)
ONE = "/{persona_id}"


@router.get("", operation_id="list_personas")
@gate(Persona.VIEW, module=MODULE)
async def list_personas(visit: VisitDep, page: PageDep) -> Listing[PersonaRead]:
    """List the tenant's personas."""
    return listing(visit, page, await authoring(visit).page(page), PersonaRead.of)


@router.post("", operation_id="create_persona", status_code=201)
@gate(Persona.MANAGE, creates=True, module=MODULE)
async def create_persona(visit: VisitDep, said: PersonaCreate) -> Success[PersonaRead]:
    """Make a persona; nobody calls it before it is published."""
    made = await authoring(visit).add(said.meant(), visit.caller.user_id)
    visit.record("persona.created", ("persona", made.row.id), slug=made.row.slug)
    return _one(visit, made)


@router.get(ONE, operation_id="get_persona")
@gate(Persona.VIEW, guard=named_persona, module=MODULE)
async def get_persona(visit: VisitDep, _: PersonaPath) -> Success[PersonaRead]:
    """Show a persona."""
    return _one(visit, await authoring(visit).shown(visit.subject))


@router.put(ONE, operation_id="replace_persona")
@gate(Persona.MANAGE, guard=named_persona, module=MODULE)
async def put_persona(visit: VisitDep, _: PersonaPath, said: PersonaPut) -> Success[PersonaRead]:
    """Change the fields that are given; nulls are ignored. If it is published, the next call is answered by them."""
    return await _change(visit, said)


@router.patch(ONE, operation_id="update_persona")
@gate(Persona.MANAGE, guard=named_persona, module=MODULE)
async def patch_persona(visit: VisitDep, _: PersonaPath, said: PersonaPatch) -> Success[PersonaRead]:
    """Change the fields that are given; null takes `rag_min_score` away."""
    return await _change(visit, said)


@router.delete(ONE, operation_id="delete_persona", response_model=Success[Deleted])
@gate(Persona.MANAGE, guard=named_persona, transaction=False, module=MODULE)
async def delete_persona(visit: VisitDep, _: PersonaPath) -> Response:
    """Delete a persona: unpublished at once, and gone with its sources and its picture."""

    async def remove(_request: Request) -> Response:
        row: SavedPersona = visit.subject
        visit.expect(row.version)
        await authoring(visit).remove(row)
        visit.record("persona.deleted", ("persona", row.id), slug=row.slug)
        return Response(success(Deleted()).model_dump_json(), media_type="application/json")

    done = await in_transaction(visit, gate_of(delete_persona), remove)
    await forget_portrait(visit.platform.pictures, visit.subject.tenant_id, visit.subject.id)
    return done


async def _change(visit: Visit, said: PersonaPatch) -> Success[PersonaRead]:
    row: SavedPersona = visit.subject
    visit.expect(row.version)
    was_published = row.published_model_id is not None
    done = await authoring(visit).change(row, said.meant())
    if done.fields:
        fields = ["metadata" if name == "details" else name for name in done.fields]
        visit.record("persona.updated", ("persona", row.id), slug=row.slug, fields=sorted(fields))
    if was_published and row.published_model_id is None:
        visit.record("persona.unpublished", ("persona", row.id), slug=row.slug)
    return _one(visit, done)


def _one(visit: Visit, authored: Authored) -> Success[PersonaRead]:
    visit.etag(authored.row.version)
    return success(PersonaRead.of(authored))
