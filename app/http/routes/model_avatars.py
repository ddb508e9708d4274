"""Roof, HTTP: the pictures of models."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Request, Response, UploadFile

from app.db.tenancy import Reach
from app.errors import NotFound
from app.http.envelope import Deleted, Success, success
from app.http.gate import gate, public
from app.http.picture import PICTURES, picture_answer
from app.http.route import GatedRoute
from app.http.routes.models import as_written, editable, shown
from app.http.visit import Visit, VisitDep
from app.http.wire.models import ModelRead
from app.identity.permissions import Core
from app.inference.avatars import blob_of, give_avatar, openly_named, take_avatar
from app.inference.tables import FrontendModel
from app.pictures import LARGEST_BYTES, Picture, drawn_anew
from app.wiring import Platform

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=GatedRoute)
RefPath = Annotated[str, Path(alias="ref")]
_SHOWN: dict[int | str, dict[str, Any]] = {200: {"content": PICTURES}, 304: {"description": "Still what you have"}}


class AvatarNotFound(NotFound):
    """The model has no picture, or there is no such model for whoever asks."""

    code = "AVATAR_NOT_FOUND"


async def _with_avatar(request: Request, visit: Visit) -> FrontendModel:
    model = await editable(request, visit)
    if model.avatar_url is None:
        raise AvatarNotFound
    return model


@router.post("/{ref:path}/avatar", operation_id="set_model_avatar")
@gate(Core.MODELS_MANAGE, guard=shown, transaction=False)
async def set_avatar(
    visit: VisitDep, _: RefPath, file: Annotated[UploadFile, File(description="PNG, JPEG, WebP or GIF, 2 MB at most.")]
) -> Success[ModelRead]:
    """Give a model a picture; it is drawn anew, at most 512 by 512."""
    sent = await file.read(LARGEST_BYTES + 1)
    picture = await asyncio.to_thread(drawn_anew, sent)
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id)) as transaction:
        visit.work_in(transaction)
        model = await editable(visit.request, visit)
        await give_avatar(transaction, visit.platform.blobs, model, picture)
        visit.record("model.avatar_set", ("model", model.id), slug=model.slug)
        return await as_written(visit, model)


@router.get("/{ref:path}/avatar", operation_id="get_model_avatar", response_class=Response, responses=_SHOWN)
@public()
async def get_avatar(request: Request, _: RefPath) -> Response:
    """Give a model's picture to anybody: by the model's id, or by its slug where every tenant sees the model."""
    platform: Platform = request.app.state.platform
    model = openly_named(await platform.gateway.catalogue.snapshot(), request.path_params["ref"])
    kept = await platform.blobs.get(blob_of(model.id)) if model is not None and model.avatar_url else None
    if kept is None:
        raise AvatarNotFound
    return picture_answer(request, Picture(kept))


@router.delete("/{ref:path}/avatar", operation_id="delete_model_avatar")
@gate(Core.MODELS_MANAGE, guard=_with_avatar)
async def delete_avatar(visit: VisitDep, _: RefPath) -> Success[Deleted]:
    """Take a model's picture away."""
    await take_avatar(visit.transaction, visit.platform.blobs, visit.subject)
    visit.record("model.avatar_deleted", ("model", visit.subject.id), slug=visit.subject.slug)
    return success(Deleted())
