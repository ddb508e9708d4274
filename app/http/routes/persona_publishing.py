"""Roof, HTTP: publish personas, take them down, and see what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.persona_path import MODULE, PREFIX, PersonaPath, authoring, named_persona, publishing
from app.http.route import GatedRoute
from app.http.transacting import transaction_of
from app.http.visit import Visit, VisitDep
from app.http.wire.personas import PersonaDiagnosisRead, PersonaPublish, PersonaPublishedRead, PersonaRead
from app.identity.permissions import Persona
from indexing.drive.shares import DriveShares
from rag.diagnosis.facts import Tried
from rag.diagnosis.run import Inspection, concluded, fault_of, storage_fault, tried
from rag.looking import Asker
from rag.personas.authoring import SavedPersona
from rag.personas.values import Persona as PersonaValue
from rag.preview import Preview
from rag.sources.gathered import Gathered

router = APIRouter(prefix=PREFIX, tags=["scaipersona"], route_class=GatedRoute)
ONE = "/{persona_id}"
QuestionQuery = Annotated[
    str | None, Query(min_length=1, max_length=4000, description="What to look for, to see what a question finds.")
]


@router.post(f"{ONE}/publish", operation_id="publish_persona")
@gate(Persona.MANAGE, guard=named_persona, module=MODULE)
async def publish_persona(
    visit: VisitDep, _: PersonaPath, said: PersonaPublish | None = None
) -> Success[PersonaPublishedRead]:
    """Make a persona a model, called by its slug; a published one is brought up to date."""
    row: SavedPersona = visit.subject
    visit.expect(row.version)
    assigned = await publishing(visit).publish(row, said.group_ids if said else [])
    done = await authoring(visit).shown(row)
    groups = [one.group_id for one in assigned if one.assigned]
    visit.record("persona.published", ("persona", row.id), slug=done.published_slug, groups=groups)
    visit.etag(row.version)
    return success(PersonaPublishedRead.made(done, assigned))


@router.post(f"{ONE}/unpublish", operation_id="unpublish_persona")
@gate(Persona.MANAGE, guard=named_persona, module=MODULE)
async def unpublish_persona(visit: VisitDep, _: PersonaPath) -> Success[PersonaRead]:
    """Take a persona out of the catalogue and of every group; the persona stays."""
    row: SavedPersona = visit.subject
    visit.expect(row.version)
    if await publishing(visit).take_down(row):
        visit.record("persona.unpublished", ("persona", row.id), slug=row.slug)
    visit.etag(row.version)
    return success(PersonaRead.of(await authoring(visit).shown(row)))


@router.get(f"{ONE}/diagnose", operation_id="diagnose_persona")
@gate(Persona.TEST, guard=named_persona, transaction=False, module=MODULE)
async def diagnose_persona(
    visit: VisitDep, _: PersonaPath, query: QuestionQuery = None
) -> Success[PersonaDiagnosisRead]:
    """Look into every entry of the troubleshooting page, with the caller's own rights; each has a verdict and a fix."""
    platform = visit.platform
    base_url = (await platform.switchboard.settings_of(visit.tenant_id, MODULE)).get("scaidrive_base_url")
    async with transaction_of(visit, writes=False):
        resolver = platform.access.resolver(visit.session)
        inspection = Inspection(visit.transaction, resolver, publishing(visit), visit.caller, bool(base_url))
        facts = await inspection.facts(visit.subject)
    facts = replace(facts, storage_fault=await storage_fault(platform.pictures, visit.tenant_id))
    if facts.drive_set_up and not facts.uses_key:
        listing = partial(DriveShares(platform.drive.asking).of, base_url, visit.bearer)
        facts = replace(facts, shares_fault=await fault_of(listing))
    if query is not None:
        facts = replace(facts, tried=await _tried(visit, facts.persona.id, query))
    return success(PersonaDiagnosisRead.of(concluded(facts)))


async def _tried(visit: Visit, persona_id: str, query: str) -> Tried | None:
    """What a question finds, without any model being called for it."""
    platform = visit.platform
    epoch = (await platform.gateway.catalogue.snapshot()).epoch
    persona = await platform.personas.of(persona_id, visit.tenant_id, epoch)
    if persona is None:
        return None
    preview = Preview(platform.library, Asker(visit.caller, visit.epochs, visit.bearer))

    async def trial(one: PersonaValue, question: str) -> Gathered:
        return (await preview.run(one, question)).gathered

    return await tried(persona, query, trial)
