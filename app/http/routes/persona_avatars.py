"""Roof, HTTP: the pictures of personas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, Response, UploadFile

from app.http.envelope import Deleted, Success, success
from app.http.gate import gate, gate_of, public
from app.http.persona_path import MODULE, PREFIX, PersonaPath, authoring, named_persona, publishing
from app.http.picture import PICTURES, picture_answer
from app.http.route import GatedRoute
from app.http.transacting import in_transaction
from app.http.visit import Visit, VisitDep
from app.http.wire.personas import PersonaRead
from app.identity.permissions import Persona
from app.pictures import LARGEST_BYTES, drawn_anew
from app.wiring import Platform
from rag.personas.authoring import SavedPersona
from rag.personas.avatar import blob_of, forget_portrait, portrait_of, show_portrait, url_of
from rag.personas.errors import PersonaAvatarNotFound

router = APIRouter(prefix=PREFIX, tags=["scaipersona"], route_class=GatedRoute)
PICTURE = "/{persona_id}/avatar"
_SHOWN: dict[int | str, dict[str, Any]] = {200: {"content": PICTURES}, 304: {"description": "Still what you have"}}


async def _with_avatar(request: Request, visit: Visit) -> SavedPersona:
    persona = await named_persona(request, visit)
    if persona.avatar_url is None:
        raise PersonaAvatarNotFound
    return persona


@router.post(PICTURE, operation_id="set_persona_avatar", response_model=Success[PersonaRead])
@gate(Persona.MANAGE, guard=named_persona, transaction=False, module=MODULE)
async def set_avatar(
    visit: VisitDep,
    _: PersonaPath,
    file: Annotated[UploadFile, File(description="PNG, JPEG, WebP or GIF, 2 MB at most.")],
) -> Response:
    """Give a persona a picture; it is drawn anew, at most 512 by 512. What cannot be kept changes nothing."""
    sent = await file.read(LARGEST_BYTES + 1)
    picture = await asyncio.to_thread(drawn_anew, sent)
    persona: SavedPersona = visit.subject
    visit.expect(persona.version)
    # Kept before anything is held for it: a store takes its time, and the catalogue waits for nobody's picture.
    store, key = await visit.platform.pictures.of(persona.tenant_id), blob_of(persona.tenant_id, persona.id)
    await store.put(key, picture.data)

    def answer(shown: PersonaRead) -> str:
        visit.record("persona.avatar_set", ("persona", shown.id), slug=shown.slug)
        return success(shown).model_dump_json()

    return await in_transaction(visit, gate_of(set_avatar), _showing(visit, url_of(persona.id, picture), answer))


@router.get(PICTURE, operation_id="get_persona_avatar", response_class=Response, responses=_SHOWN)
@public()
async def get_avatar(request: Request, persona_id: PersonaPath) -> Response:
    """Give a persona's picture to anybody who knows its id."""
    platform: Platform = request.app.state.platform
    picture = await portrait_of(platform.transactions, platform.pictures, persona_id)
    if picture is None:
        raise PersonaAvatarNotFound
    return picture_answer(request, picture)


@router.delete(PICTURE, operation_id="delete_persona_avatar", response_model=Success[Deleted])
@gate(Persona.MANAGE, guard=_with_avatar, transaction=False, module=MODULE)
async def delete_avatar(visit: VisitDep, _: PersonaPath) -> Response:
    """Take a persona's picture away."""

    def answer(shown: PersonaRead) -> str:
        visit.record("persona.avatar_deleted", ("persona", shown.id), slug=shown.slug)
        return success(Deleted()).model_dump_json()

    done = await in_transaction(visit, gate_of(delete_avatar), _showing(visit, None, answer))
    await forget_portrait(visit.platform.pictures, visit.subject.tenant_id, visit.subject.id)
    return done


def _showing(visit: Visit, url: str | None, answer: Callable[[PersonaRead], str]) -> Any:
    async def deed(_request: Request) -> Response:
        row: SavedPersona = visit.subject
        visit.expect(row.version)
        await show_portrait(visit.transaction, publishing(visit), row, url)
        visit.etag(row.version)
        body = answer(PersonaRead.of(await authoring(visit).shown(row)))
        return Response(body, media_type="application/json")

    return deed
