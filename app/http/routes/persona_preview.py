"""Roof, HTTP: what personas would find for a question."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.persona_path import MODULE, PREFIX, PersonaPath, named_persona
from app.http.route import GatedRoute
from app.http.somebody_else import somebody_else
from app.http.transacting import transaction_of
from app.http.visit import VisitDep
from app.http.wire.persona_preview import PersonaPreviewCreate, PersonaPreviewRead
from app.identity.permissions import Core, Persona
from rag.looking import Asker
from rag.personas.errors import PersonaNotFound
from rag.personas.values import Strategy
from rag.preview import Preview

router = APIRouter(prefix=PREFIX, tags=["scaipersona"], route_class=GatedRoute)


@router.post("/{persona_id}/preview", operation_id="preview_persona")
@gate(Persona.TEST, guard=named_persona, transaction=False, module=MODULE)
async def preview_persona(
    visit: VisitDep, persona_id: PersonaPath, said: PersonaPreviewCreate
) -> Success[PersonaPreviewRead]:
    """Look for what a question would be answered from, step by step; no model is called for the answer.

    As somebody else, it shows what both the asker and they may read, and is audited. With `look`, it looks as
    the persona would after that change, which is not kept.
    """
    platform = visit.platform
    other = await somebody_else(visit, said.as_user_id) if said.as_user_id is not None else None
    epoch = (await platform.gateway.catalogue.snapshot()).epoch
    persona = await platform.personas.of(persona_id, visit.tenant_id, epoch)
    if persona is None:
        raise PersonaNotFound
    if said.look is not None:
        persona, kept = said.look.on(persona), persona
        if persona.strategy not in {kept.strategy, Strategy.SINGLE_STEP}:
            visit.caller.require(Core.MODELS_USE)  # others set the model behind it to work
    if other is not None:
        async with transaction_of(visit, writes=True):
            visit.record("persona.previewed", ("persona", persona_id), as_user_id=other.user_id)
    preview = Preview(platform.library, Asker(visit.caller, visit.epochs, visit.bearer))
    return success(PersonaPreviewRead.of(await preview.run(persona, said.query, other)))
