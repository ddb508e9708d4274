"""Roof, HTTP: what personas must reach before they are published."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.envelope import Deleted, Success, success
from app.http.gate import gate
from app.http.persona_path import MODULE, PREFIX, PersonaPath, named_persona
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.eval_gates import EvalGatePut, EvalGateRead
from app.identity.permissions import Persona
from evals.errors import EvaluationSetNotFound
from evals.gating import PersonaGates
from evals.queries import SavedSet, set_of_slug

router = APIRouter(prefix=PREFIX, tags=["scaipersona"], route_class=GatedRoute)
GATE = "/{persona_id}/gate"


@router.get(GATE, operation_id="get_persona_gate")
@gate(Persona.VIEW, guard=named_persona, module=MODULE)
async def get_gate(visit: VisitDep, persona_id: PersonaPath) -> Success[EvalGateRead]:
    """Show what a persona must reach."""
    row = await PersonaGates(visit.transaction).of(persona_id)
    visit.etag(row.version)
    return success(EvalGateRead.of(row))


@router.put(GATE, operation_id="replace_persona_gate")
@gate(Persona.MANAGE, guard=named_persona, module=MODULE)
async def put_gate(visit: VisitDep, persona_id: PersonaPath, said: EvalGatePut) -> Success[EvalGateRead]:
    """Have a persona be published, and changed while it is, only as a run of a set has shown it to be good enough.

    `If-None-Match: *` sets a gate only where there is none.
    """
    gates = PersonaGates(visit.transaction)
    chosen = await _set_of(visit, said.set_id)
    wanted = {"set_id": chosen.id, "floors": dict(said.floors), "ceilings": dict(said.ceilings)}
    present = await gates.present(persona_id, hold=True)
    visit.expect_to_put(None if present is None else present.version)
    row = await gates.write(persona_id, wanted, visit.caller.user_id)
    visit.record("persona.gate_set", ("persona", persona_id), **wanted)
    visit.etag(row.version)
    return success(EvalGateRead.of(row))


@router.delete(GATE, operation_id="remove_persona_gate")
@gate(Persona.MANAGE, guard=named_persona, module=MODULE)
async def remove_gate(visit: VisitDep, persona_id: PersonaPath) -> Success[Deleted]:
    """Have a persona ask for nothing before it is published."""
    gates = PersonaGates(visit.transaction)
    row = await gates.of(persona_id)
    visit.expect(row.version)
    await gates.remove(row)
    visit.record("persona.gate_removed", ("persona", persona_id), set_id=row.set_id)
    return success(Deleted())


async def _set_of(visit: Visit, id_or_slug: str) -> SavedSet:
    """A set of the persona's tenant; another tenant's is not there."""
    found = await visit.session.get(SavedSet, id_or_slug) or await set_of_slug(visit.session, id_or_slug)
    if found is None:
        raise EvaluationSetNotFound
    return found
