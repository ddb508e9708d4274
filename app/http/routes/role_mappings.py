"""Roof, HTTP: the roles that groups bring to everybody in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.roles import RoleMappingCreate, RoleMappingRead
from app.identity.custom_roles import map_role, named_role, unmap_role
from app.identity.errors import GroupNotFound, RoleMappingNotFound
from app.identity.permissions import Core
from app.identity.queries import page_of
from app.identity.tables import Group, RoleMapping

router = APIRouter(prefix="/v1/role-mappings", tags=["identity"], route_class=GatedRoute)
MappingPath = Annotated[str, Path(alias="mapping_id")]


async def _mapping(request: Request, visit: Visit) -> RoleMapping:
    mapping = await visit.find(RoleMapping, request.path_params["mapping_id"])
    if mapping is None:
        raise RoleMappingNotFound
    return mapping


@router.get("", operation_id="list_role_mappings")
@gate(Core.USERS_MANAGE)
async def list_mappings(
    visit: VisitDep, page: PageDep, group_id: Annotated[str | None, Query(max_length=64)] = None
) -> Listing[RoleMappingRead]:
    """List which groups bring which roles."""
    where = [RoleMapping.tenant_id == visit.tenant_id]
    if group_id is not None:
        where.append(RoleMapping.group_id == group_id)
    found = await page_of(visit.session, RoleMapping, page, *where)
    return listing(visit, page, found, RoleMappingRead.model_validate)


@router.post("", operation_id="create_role_mapping", status_code=201)
@gate(Core.USERS_MANAGE, creates=True)
async def post_mapping(visit: VisitDep, said: RoleMappingCreate) -> Success[RoleMappingRead]:
    """Let a group bring a role the caller may give."""
    group = await visit.find(Group, said.group_id)
    if group is None:
        raise GroupNotFound
    custom = said.custom_role_id and await named_role(visit.transaction, group.tenant_id, said.custom_role_id)
    mapping = await map_role(visit.transaction, visit.caller, group, role=said.role, custom=custom or None)
    details = {"group_id": group.id, "role": mapping.role, "custom_role_id": mapping.custom_role_id}
    visit.record("role_mapping.created", ("role_mapping", mapping.id), **details)
    return success(RoleMappingRead.model_validate(mapping))


@router.get("/{mapping_id}", operation_id="get_role_mapping")
@gate(Core.USERS_MANAGE, guard=_mapping)
async def get_mapping(visit: VisitDep, _: MappingPath) -> Success[RoleMappingRead]:
    """Show which role a group brings."""
    return success(RoleMappingRead.model_validate(visit.subject))


@router.delete("/{mapping_id}", operation_id="delete_role_mapping")
@gate(Core.USERS_MANAGE, guard=_mapping)
async def delete_mapping(visit: VisitDep, _: MappingPath) -> Success[Deleted]:
    """Let a group no longer bring a role, from the next request of its members on."""
    mapping: RoleMapping = visit.subject
    await unmap_role(visit.transaction, visit.caller, mapping)
    visit.record("role_mapping.deleted", ("role_mapping", mapping.id), group_id=mapping.group_id)
    return success(Deleted())
