"""Roof, HTTP: a tenant's own roles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.roles import CustomRoleCreate, CustomRolePatch, CustomRoleRead
from app.identity.custom_roles import change_role, create_role, delete_role
from app.identity.errors import CustomRoleNotFound
from app.identity.permissions import Core
from app.identity.queries import page_of
from app.identity.tables import CustomRole

router = APIRouter(prefix="/v1/iam/custom-roles", tags=["identity"], route_class=GatedRoute)
RolePath = Annotated[str, Path(alias="role_id")]


async def _role(request: Request, visit: Visit) -> CustomRole:
    role = await visit.find(CustomRole, request.path_params["role_id"])
    if role is None:
        raise CustomRoleNotFound
    return role


@router.get("", operation_id="list_custom_roles")
@gate(Core.USERS_MANAGE)
async def list_roles(visit: VisitDep, page: PageDep) -> Listing[CustomRoleRead]:
    """List the tenant's own roles."""
    found = await page_of(visit.session, CustomRole, page, CustomRole.tenant_id == visit.tenant_id)
    return listing(visit, page, found, CustomRoleRead.model_validate)


@router.post("", operation_id="create_custom_role", status_code=201)
@gate(Core.USERS_MANAGE, creates=True)
async def post_role(visit: VisitDep, said: CustomRoleCreate) -> Success[CustomRoleRead]:
    """Add a role made of permissions the caller holds."""
    role = await create_role(visit.transaction, visit.caller, visit.tenant_id, **dict(said))
    visit.record("custom_role.created", ("custom_role", role.id), name=role.name, permissions=role.permissions)
    return _shown(visit, role)


@router.get("/{role_id}", operation_id="get_custom_role")
@gate(Core.USERS_MANAGE, guard=_role)
async def get_role(visit: VisitDep, _: RolePath) -> Success[CustomRoleRead]:
    """Show a role."""
    return _shown(visit, visit.subject)


@router.patch("/{role_id}", operation_id="patch_custom_role")
@gate(Core.USERS_MANAGE, guard=_role)
async def patch_role(visit: VisitDep, _: RolePath, said: CustomRolePatch) -> Success[CustomRoleRead]:
    """Change a role for everybody who has it, from their next request on."""
    role: CustomRole = visit.subject
    visit.expect(role.version)
    changed = await change_role(visit.transaction, visit.caller, role, **dict(said))
    visit.record("custom_role.updated", ("custom_role", role.id), changed=changed, permissions=role.permissions)
    return _shown(visit, role)


@router.delete("/{role_id}", operation_id="delete_custom_role")
@gate(Core.USERS_MANAGE, guard=_role)
async def remove_role(visit: VisitDep, _: RolePath) -> Success[Deleted]:
    """Delete a role and take it from everybody who has it."""
    role: CustomRole = visit.subject
    visit.expect(role.version)
    await delete_role(visit.transaction, visit.caller, role)
    visit.record("custom_role.deleted", ("custom_role", role.id), name=role.name)
    return success(Deleted())


def _shown(visit: Visit, role: CustomRole) -> Success[CustomRoleRead]:
    visit.etag(role.version)
    return success(CustomRoleRead.model_validate(role))
