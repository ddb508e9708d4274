"""Roof, HTTP: groups and who is in them; read-only where ScaiKey keeps them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.groups import GroupCreate, GroupMemberCreate, GroupMemberRead, GroupPatch, GroupRead
from app.identity.errors import GroupNotFound, GroupsAreMirrored
from app.identity.groups import add_member, create_group, delete_group, remove_member
from app.identity.permissions import Core
from app.identity.queries import members_of, page_of
from app.identity.rows import amend
from app.identity.tables import Group

router = APIRouter(prefix="/v1/groups", tags=["identity"], route_class=GatedRoute)
GroupPath = Annotated[str, Path(alias="group_id")]


async def _group(request: Request, visit: Visit) -> Group:
    group = await visit.find(Group, request.path_params["group_id"])
    if group is None:
        raise GroupNotFound
    return group


async def _kept_here(_: Request, visit: Visit) -> None:
    if visit.platform.settings.scaikey.url:
        raise GroupsAreMirrored


async def _group_to_change(request: Request, visit: Visit) -> Group:
    group = await _group(request, visit)
    await _kept_here(request, visit)
    return group


@router.get("", operation_id="list_groups")
@gate(Core.USERS_MANAGE)
async def list_groups(visit: VisitDep, page: PageDep) -> Listing[GroupRead]:
    """List the groups of the tenant."""
    found = await page_of(visit.session, Group, page, Group.tenant_id == visit.tenant_id)
    return listing(visit, page, found, GroupRead.model_validate)


@router.post("", operation_id="create_group", status_code=201)
@gate(Core.USERS_MANAGE, guard=_kept_here, creates=True)
async def post_group(visit: VisitDep, said: GroupCreate) -> Success[GroupRead]:
    """Add a group."""
    if said.tenant_id is not None:
        await visit.act_in(said.tenant_id)
    group = await create_group(visit.transaction, visit.tenant_id, name=said.name, external_id=said.external_id)
    visit.record("group.created", ("group", group.id), name=group.name)
    return _shown(visit, group)


@router.get("/{group_id}", operation_id="get_group")
@gate(Core.USERS_MANAGE, guard=_group)
async def get_group(visit: VisitDep, _: GroupPath) -> Success[GroupRead]:
    """Show a group."""
    return _shown(visit, visit.subject)


@router.patch("/{group_id}", operation_id="patch_group")
@gate(Core.USERS_MANAGE, guard=_group_to_change)
async def patch_group(visit: VisitDep, _: GroupPath, said: GroupPatch) -> Success[GroupRead]:
    """Rename a group."""
    group: Group = visit.subject
    visit.expect(group.version)
    changed = await amend(visit.transaction, group, name=said.name)
    visit.record("group.updated", ("group", group.id), changed=changed)
    return _shown(visit, group)


@router.delete("/{group_id}", operation_id="delete_group")
@gate(Core.USERS_MANAGE, guard=_group_to_change)
async def remove_group(visit: VisitDep, _: GroupPath) -> Success[Deleted]:
    """Delete a group; its members stay, what it brought them is gone."""
    group: Group = visit.subject
    visit.expect(group.version)
    await delete_group(visit.transaction, visit.caller, group)
    visit.record("group.deleted", ("group", group.id), name=group.name)
    return success(Deleted())


@router.get("/{group_id}/members", operation_id="list_group_members")
@gate(Core.USERS_MANAGE, guard=_group)
async def list_members(visit: VisitDep, _: GroupPath, page: PageDep) -> Listing[GroupMemberRead]:
    """List who is directly in a group."""
    found = await members_of(visit.session, visit.subject, page)
    return listing(visit, page, found, GroupMemberRead.model_validate)


@router.post(
    "/{group_id}/members",
    operation_id="add_group_member",
    status_code=201,
    responses={200: {"model": Success[GroupMemberRead], "description": "They were in it already"}},
)
@gate(Core.USERS_MANAGE, guard=_group_to_change, creates=True)
async def post_member(
    visit: VisitDep, _: GroupPath, said: GroupMemberCreate, answer: Response
) -> Success[GroupMemberRead]:
    """Put somebody, or another group, into a group; 200 if they were in it already."""
    group: Group = visit.subject
    member, is_new = await add_member(visit.transaction, visit.caller, group, said.type, said.id)
    if is_new:
        visit.record("group.member_added", ("group", group.id), type=member.type, member_id=member.id)
    else:
        answer.status_code = 200
    return success(GroupMemberRead.model_validate(member))


@router.delete("/{group_id}/members/{member_id}", operation_id="remove_group_member")
@gate(Core.USERS_MANAGE, guard=_group_to_change)
async def delete_member(visit: VisitDep, _: GroupPath, member_id: str) -> Success[Deleted]:
    """Take somebody, or another group, out of a group."""
    group: Group = visit.subject
    await remove_member(visit.transaction, visit.caller, group, member_id)
    visit.record("group.member_removed", ("group", group.id), member_id=member_id)
    return success(Deleted())


def _shown(visit: Visit, group: Group) -> Success[GroupRead]:
    visit.etag(group.version)
    return success(GroupRead.model_validate(group))
