"""Roof, HTTP: groups of models."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import select

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.model_groups import (
    ModelGroupCreate,
    ModelGroupMemberCreate,
    ModelGroupMemberRead,
    ModelGroupPatch,
    ModelGroupRead,
)
from app.identity.permissions import Core
from app.inference.callable import CallableModel
from app.inference.errors import ModelGroupNotFound, ModelNotFound
from app.inference.model_groups import (
    TENANT,
    add_group,
    add_member,
    change_group,
    fits,
    members_of,
    remove_group,
    remove_member,
    require_managing,
    within_sight,
)
from app.inference.queries import page_of
from app.inference.slugs import checked_slug
from app.inference.tables import ModelGroup, ModelGroupMember
from app.paging import cut

router = APIRouter(prefix="/v1/model-groups", tags=["models"], route_class=GatedRoute)


async def _named(request: Request, visit: Visit) -> ModelGroup:
    wanted = select(ModelGroup).where(ModelGroup.id == request.path_params["group_id"])
    group: ModelGroup | None = await visit.session.scalar(wanted.where(within_sight(visit.caller, visit.tenant_id)))
    if group is None:
        raise ModelGroupNotFound
    return group


async def _managed(request: Request, visit: Visit) -> ModelGroup:
    group = await _named(request, visit)
    require_managing(visit.caller, group.scope_type, group.scope_id)
    return group


def _shape(group: ModelGroup) -> ModelGroupRead:
    return ModelGroupRead.model_validate(group)


def _member_shape(member: ModelGroupMember, model: CallableModel) -> ModelGroupMemberRead:
    return ModelGroupMemberRead(
        model_id=model.id,
        model_slug=model.slug,
        display_name=model.display_name,
        modality=model.modality,
        position=member.position,
        created_at=member.created_at,
    )


async def _shown_members(visit: Visit, group: ModelGroup) -> list[tuple[ModelGroupMember, CallableModel]]:
    """The members the caller sees, or that belong to the scope they manage."""
    snapshot = await visit.platform.gateway.catalogue.snapshot()
    found = [(member, snapshot.by_id.get(member.model_id)) for member in await members_of(visit.session, group)]
    return [(member, model) for member, model in found if model and model.shown_to(visit.caller, visit.tenant_id)]


@router.get("", operation_id="list_model_groups")
@gate(Core.MODELS_LIST)
async def list_model_groups(visit: VisitDep, page: PageDep) -> Listing[ModelGroupRead]:
    """List the groups whose slug the caller may call."""
    wanted = select(ModelGroup).where(within_sight(visit.caller, visit.tenant_id))
    return listing(visit, page, await page_of(visit.session, ModelGroup, wanted, page), _shape)


@router.post("", operation_id="create_model_group", status_code=201)
@gate(Core.ADMIN_ACCESS, creates=True)
async def create_model_group(visit: VisitDep, body: ModelGroupCreate) -> Success[ModelGroupRead]:
    """Add a group to a scope the caller manages."""
    values = body.model_dump()
    if body.scope_type == TENANT and body.scope_id is None:
        values["scope_id"] = visit.tenant_id
    require_managing(visit.caller, body.scope_type, values["scope_id"])
    checked_slug(body.slug)
    group = await add_group(visit.transaction, **values)
    visit.record("model_group.created", ("model_group", group.id), slug=group.slug, scope=group.scope_type)
    visit.etag(group.version)
    return success(_shape(group))


@router.get("/{group_id}", operation_id="get_model_group")
@gate(Core.MODELS_LIST, guard=_named)
async def get_model_group(visit: VisitDep, group_id: str) -> Success[ModelGroupRead]:
    """Show a group."""
    visit.etag(visit.subject.version)
    return success(_shape(visit.subject))


@router.patch("/{group_id}", operation_id="update_model_group")
@gate(Core.ADMIN_ACCESS, guard=_managed)
async def update_model_group(visit: VisitDep, group_id: str, body: ModelGroupPatch) -> Success[ModelGroupRead]:
    """Rename a group."""
    group: ModelGroup = visit.subject
    visit.expect(group.version)
    changes = body.model_dump(exclude_unset=True)
    if "slug" in changes:
        checked_slug(changes["slug"])
    await change_group(visit.transaction, group, changes)
    visit.record("model_group.updated", ("model_group", group.id), slug=group.slug, fields=sorted(changes))
    visit.etag(group.version)
    return success(_shape(group))


@router.delete("/{group_id}", operation_id="delete_model_group")
@gate(Core.ADMIN_ACCESS, guard=_managed)
async def delete_model_group(visit: VisitDep, group_id: str) -> Success[Deleted]:
    """Remove a group; its models stay."""
    visit.expect(visit.subject.version)
    await remove_group(visit.session, visit.subject)
    visit.record("model_group.deleted", ("model_group", group_id), slug=visit.subject.slug)
    return success(Deleted())


@router.get("/{group_id}/members", operation_id="list_model_group_members")
@gate(Core.MODELS_LIST, guard=_named)
async def list_model_group_members(visit: VisitDep, group_id: str, page: PageDep) -> Listing[ModelGroupMemberRead]:
    """List the members the caller sees, in the order they are tried."""
    shown = await _shown_members(visit, visit.subject)
    rows = [pair for pair in shown if page.after is None or _place(pair) > page.after]
    return listing(visit, page, cut(rows, page, _place), lambda pair: _member_shape(*pair))


def _place(pair: tuple[ModelGroupMember, CallableModel]) -> str:
    return f"{pair[0].position:09d} {pair[0].id}"


@router.post("/{group_id}/members", operation_id="add_model_group_member", status_code=201)
@gate(Core.ADMIN_ACCESS, guard=_managed, creates=True)
async def add_model_group_member(
    visit: VisitDep, group_id: str, body: ModelGroupMemberCreate
) -> Success[ModelGroupMemberRead]:
    """Put a model that is visible to the group's scope at its end."""
    snapshot = await visit.platform.gateway.catalogue.snapshot()
    model = snapshot.models.get(body.model_slug)
    if model is None or not await fits(visit.session, visit.caller, visit.subject, model):
        raise ModelNotFound
    member = await add_member(visit.transaction, visit.subject, model.id)
    visit.record("model_group.member_added", ("model_group", group_id), model=model.slug)
    return success(_member_shape(member, model))


@router.delete("/{group_id}/members/{ref:path}", operation_id="remove_model_group_member")
@gate(Core.ADMIN_ACCESS, guard=_managed)
async def remove_model_group_member(visit: VisitDep, group_id: str, ref: str) -> Success[Deleted]:
    """Take a model, named by slug or id, out of a group."""
    snapshot = await visit.platform.gateway.catalogue.snapshot()
    for member in await members_of(visit.session, visit.subject):
        model = snapshot.by_id.get(member.model_id)
        if model and ref in {model.id, model.slug} and await fits(visit.session, visit.caller, visit.subject, model):
            await remove_member(visit.transaction, visit.subject, member)
            visit.record("model_group.member_removed", ("model_group", group_id), model=model.slug)
            return success(Deleted())
    raise ModelNotFound
