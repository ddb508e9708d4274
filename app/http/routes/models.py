"""Roof, HTTP: the models callers know."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.http.envelope import Deleted, PageMeta, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep, list_name
from app.http.wire.models import (
    LinkRead,
    ModelCreate,
    ModelItems,
    ModelListing,
    ModelPatch,
    ModelPut,
    ModelRead,
)
from app.identity.permissions import Core
from app.inference.avatars import blob_of
from app.inference.callable import BackendLinkValue, CallableModel, Modality
from app.inference.errors import ModelNotFound
from app.inference.frontend_models import (
    ModelDraft,
    add_model,
    change_model,
    check_by_hand,
    model_named,
    refuse_persona,
    remove_model,
)
from app.inference.slugs import checked_slug
from app.inference.snapshot import read_model
from app.inference.tables import FrontendModel
from app.paging import Order, PageRequest, cut

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=GatedRoute)


async def _page(
    visit: VisitDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    order: Annotated[Order, Query()] = "asc",
) -> PageRequest:
    after = visit.platform.cursors.open(cursor, list_name(visit, order)) if cursor else None
    return PageRequest(limit, after, order)


async def shown(request: Request, visit: Visit) -> CallableModel:
    """A guard: the model the path names, if the caller sees it."""
    return await visit.platform.gateway.catalogue.find(visit.caller, request.path_params["ref"], visit.tenant_id)


async def editable(request: Request, visit: Visit) -> FrontendModel:
    """A guard: the row of a model the caller sees; what they do not see they cannot change."""
    seen = await shown(request, visit)
    model = await model_named(visit.session, seen.id)
    if model is None:
        raise ModelNotFound
    refuse_persona(model)
    return model


def _shape(visit: Visit, model: CallableModel) -> ModelRead:
    caller = visit.caller
    routing = caller.may(Core.ROUTING_VIEW)
    values: dict[str, Any] = {name: getattr(model, name, None) for name in ModelRead.model_fields}
    values["input_price_per_mtok"] = _price(model.input_price)
    values["output_price_per_mtok"] = _price(model.output_price)
    values["tenant_ids"] = sorted(model.tenant_ids if caller.is_super_admin else model.tenant_ids & {visit.tenant_id})
    values["backends"] = [LinkRead.model_validate(link) for link in model.links] if routing else None
    values["system_prompt_template"] = model.system_prompt_template if routing else None
    return ModelRead.model_validate(values)


def _price(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


@router.get("", operation_id="list_models")
@gate(Core.MODELS_LIST)
async def list_models(
    visit: VisitDep, page: Annotated[PageRequest, Depends(_page)], modality: Annotated[Modality | None, Query()] = None
) -> ModelListing:
    """List the models the caller sees, by slug."""
    models = [
        model
        for model in await visit.platform.gateway.catalogue.visible(visit.caller, visit.tenant_id)
        if modality in {None, model.modality} and _comes_after(model.slug, page)
    ]
    models.sort(key=lambda model: model.slug, reverse=page.order == "desc")
    made = listing(visit, page, cut(models, page, lambda model: model.slug), lambda model: _shape(visit, model))
    meta = PageMeta.model_validate(made.meta)
    return ModelListing.model_construct(status="ok", data=ModelItems.model_construct(items=made.data), meta=meta)


def _comes_after(slug: str, page: PageRequest) -> bool:
    if page.after is None:
        return True
    return slug < page.after if page.order == "desc" else slug > page.after


@router.post("", operation_id="create_model", status_code=201)
@gate(Core.MODELS_MANAGE, creates=True)
async def create_model(visit: VisitDep, body: ModelCreate) -> Success[ModelRead]:
    """Add a model."""
    values = _values(body.model_dump(exclude={"capabilities"}))
    draft = ModelDraft(**values, capabilities=body.capabilities.said())
    model = await add_model(visit.transaction, draft)
    visit.record("model.created", ("model", model.id), slug=model.slug)
    return await as_written(visit, model)


@router.get("/{ref:path}", operation_id="get_model")
@gate(Core.MODELS_LIST, guard=shown)
async def get_model(visit: VisitDep, ref: str) -> Success[ModelRead]:
    """Show a model by slug, slashes raw or escaped, or by id."""
    visit.etag(visit.subject.version)
    return success(_shape(visit, visit.subject))


@router.put("/{ref:path}", operation_id="replace_model")
@gate(Core.MODELS_MANAGE, guard=editable)
async def replace_model(visit: VisitDep, ref: str, body: ModelPut) -> Success[ModelRead]:
    """Change the fields that are given; nulls are ignored."""
    return await _change(visit, body)


@router.patch("/{ref:path}", operation_id="update_model")
@gate(Core.MODELS_MANAGE, guard=editable)
async def update_model(visit: VisitDep, ref: str, body: ModelPatch) -> Success[ModelRead]:
    """Change the fields that are given; null empties what may be empty."""
    return await _change(visit, body)


@router.delete("/{ref:path}", operation_id="delete_model")
@gate(Core.MODELS_MANAGE, guard=editable)
async def delete_model(visit: VisitDep, ref: str) -> Success[Deleted]:
    """Remove a model from the catalogue and from every group."""
    visit.expect(visit.subject.version)
    await remove_model(visit.session, visit.subject)
    await visit.platform.blobs.delete(blob_of(visit.subject.id))
    visit.record("model.deleted", ("model", visit.subject.id), slug=visit.subject.slug)
    return success(Deleted())


async def _change(visit: Visit, body: ModelPatch) -> Success[ModelRead]:
    model: FrontendModel = visit.subject
    visit.expect(model.version)
    changes = body.model_dump(exclude_unset=True, exclude={"capabilities"})
    if "capabilities" in body.model_fields_set:
        changes["capabilities"] = body.capabilities.said()
    if changes.get("slug") == model.slug:
        del changes["slug"]
    await change_model(visit.transaction, model, _values(changes))
    visit.record("model.updated", ("model", model.id), slug=model.slug, fields=sorted(changes))
    return await as_written(visit, model)


def _values(said: dict[str, Any]) -> dict[str, Any]:
    """Check what only a hand-made change may not say, and turn wire links into values."""
    check_by_hand(said)
    if "slug" in said:
        said["slug"] = checked_slug(said["slug"])
    if "backends" in said:
        said["backends"] = [BackendLinkValue(**link) for link in said["backends"]]
    return said


async def as_written(visit: Visit, model: FrontendModel) -> Success[ModelRead]:
    """Show a model as this transaction has left it."""
    connection = await visit.session.connection()
    written = await connection.run_sync(read_model, visit.platform.secrets, model.id)
    visit.etag(written.version)
    return success(_shape(visit, written))
