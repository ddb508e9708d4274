"""Measuring, runs: the assistant that is measured, as it was when its run began, and the model it is called by.

Nothing of it is kept with the assistant: what a draft changes is read from the run, and so is all that a later change
of the assistant would alter while it is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.identity.caller import Caller
from app.inference.callable import CallableModel
from app.inference.catalogue import Catalogue
from app.inference.frontend_models import PERSONA_ID
from app.inference.gateway import CHAT
from app.inference.slugs import OF_PERSONAS
from rag.personas.configured import persona_from
from rag.personas.errors import PersonaModelNotFound
from rag.personas.tables import PersonaRow
from rag.personas.values import Persona, Source, SourceType


@dataclass(frozen=True, slots=True)
class Draft:
    """An assistant to be asked."""

    persona: Persona
    prompt: str
    params: Mapping[str, Any]
    published_model_id: str | None  # while it stands on the model that it is published with


def fields_of(row: PersonaRow) -> dict[str, Any]:
    """All that an assistant's columns say, by their names."""
    return {attribute.key: getattr(row, attribute.key) for attribute in row.__mapper__.column_attrs}


def draft_of(row: PersonaRow, changes: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> Draft:
    """An assistant with other values, reading these places."""
    said = {**fields_of(row), **{name: value for name, value in changes.items() if name != "sources"}}
    same_model = said["model_slug"] == row.model_slug
    return Draft(
        persona=persona_from(said, tuple(_source(one, place) for place, one in enumerate(sources))),
        prompt=said["system_prompt"],
        params=dict(said["default_params"]),
        published_model_id=row.published_model_id if same_model else None,
    )


async def model_of(draft: Draft, catalogue: Catalogue, runner: Caller, tenant_slug: str) -> CallableModel:
    """What it is called by, if its runner may call what it stands on."""
    snapshot, persona = await catalogue.snapshot(), draft.persona
    base = snapshot.by_id.get(draft.published_model_id or "") or snapshot.models.get(persona.model_slug)
    if base is None or not (base.shown_to(runner, persona.tenant_id)):
        raise PersonaModelNotFound
    await catalogue.resolve(runner, base.slug, CHAT)  # refused as a call of it would be
    return replace(
        base,
        slug=f"{OF_PERSONAS}{tenant_slug}/{persona.slug}",
        display_name=persona.name,
        system_prompt_template=draft.prompt or None,
        default_params=draft.params,
        metadata={PERSONA_ID: persona.id},
        visibility="tenants",
        tenant_ids=frozenset({persona.tenant_id}),
    )


def _source(said: Mapping[str, Any], place: int) -> Source:
    kind, place_id = SourceType(said["source_type"]), str(said["source_id"])
    name = str(said.get("source_name") or place_id)
    return Source(str(said.get("id") or f"src_{place}"), kind, place_id, name, float(said.get("weight", 1.0)))
