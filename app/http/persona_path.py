"""Roof, HTTP: the persona in a path, and one of its sources, found in the caller's scope before a body is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Request

from app.http.visit import Visit
from evals.gating import PersonaGates
from rag.personas.authoring import Authoring, SavedPersona
from rag.personas.errors import PersonaNotFound
from rag.personas.publishing import Publishing
from rag.personas.sources import Attaching, SavedSource

MODULE = "scaipersona"
PREFIX = "/v1/modules/scaipersona/personas"
PersonaPath = Annotated[str, Path(alias="persona_id", max_length=64)]
SourcePath = Annotated[str, Path(alias="persona_source_id", max_length=64)]


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A place a persona reads, and the persona."""

    row: SavedSource
    persona: SavedPersona


async def named_persona(request: Request, visit: Visit) -> SavedPersona:
    """A guard: the persona of the path; whoever changes something holds it from here to the commit."""
    found = await visit.session.get(SavedPersona, request.path_params["persona_id"])
    if found is None:
        raise PersonaNotFound
    return await authoring(visit).one(found.id) if visit.transaction.writes else found


async def named_source(request: Request, visit: Visit) -> NamedSource:
    """A guard: the source of the path, with its persona."""
    persona = await named_persona(request, visit)
    return NamedSource(await attaching(visit, persona).one(request.path_params["persona_source_id"]), persona)


def publishing(visit: Visit) -> Publishing:
    """What makes personas models, as the caller."""
    return Publishing(visit.transaction, visit.caller, visit.tenant_id, PersonaGates(visit.transaction))


def authoring(visit: Visit) -> Authoring:
    """What writes personas."""
    return Authoring(visit.transaction, publishing(visit))


def attaching(visit: Visit, persona: SavedPersona) -> Attaching:
    """What says which places a persona reads."""
    resolver = visit.platform.access.resolver(visit.session)
    return Attaching(visit.transaction, resolver, visit.caller, persona, PersonaGates(visit.transaction))
