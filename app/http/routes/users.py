"""Roof, HTTP: people, their roles and direct grants."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request

from app.errors import ValidationFailed
from app.http.envelope import Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.users import (
    ModulePermissionsPut,
    ModulePermissionsRead,
    UserCreate,
    UserPatch,
    UserRead,
    UserRolesPut,
)
from app.identity.credentials import caller_of
from app.identity.errors import UserNotFound
from app.identity.people import NewPerson, add_person, change_person, give_roles, grant_modules
from app.identity.permissions import MODULE_PERMISSIONS, Core
from app.identity.queries import page_of
from app.identity.tables import Tenant, User

router = APIRouter(prefix="/v1/users", tags=["identity"], route_class=GatedRoute)
UserPath = Annotated[str, Path(alias="user_id")]


async def _user(request: Request, visit: Visit) -> User:
    user = await visit.find(User, request.path_params["user_id"])
    if user is None:
        raise UserNotFound
    return user


@router.get("", operation_id="list_users")
@gate(Core.USERS_MANAGE)
async def list_users(
    visit: VisitDep,
    page: PageDep,
    status: Annotated[Literal["active", "suspended"] | None, Query()] = None,
    email: Annotated[str | None, Query(max_length=190)] = None,
) -> Listing[UserRead]:
    """List the people of the tenant."""
    where = [User.tenant_id == visit.tenant_id]
    if status is not None:
        where.append(User.status == status)
    if email is not None:
        where.append(User.email == email.strip().lower())
    found = await page_of(visit.session, User, page, *where)
    return listing(visit, page, found, UserRead.model_validate)


@router.post("", operation_id="create_user", status_code=201)
@gate(Core.USERS_MANAGE, creates=True)
async def post_user(visit: VisitDep, said: UserCreate) -> Success[UserRead]:
    """Add somebody to a tenant."""
    await _settle_tenant(visit, said.tenant_id)
    new = NewPerson(said.email, said.name, said.roles, said.external_id)
    user = await add_person(visit.transaction, visit.caller, visit.tenant_id, new)
    visit.record("user.created", ("user", user.id), email=user.email, roles=user.roles)
    return _shown(visit, user)


@router.get("/{user_id}", operation_id="get_user")
@gate(Core.USERS_MANAGE, guard=_user)
async def get_user(visit: VisitDep, _: UserPath) -> Success[UserRead]:
    """Show somebody."""
    return _shown(visit, visit.subject)


@router.patch("/{user_id}", operation_id="patch_user")
@gate(Core.USERS_MANAGE, guard=_user)
async def patch_user(visit: VisitDep, _: UserPath, said: UserPatch) -> Success[UserRead]:
    """Rename somebody, suspend them at once or bring them back."""
    user: User = visit.subject
    visit.expect(user.version)
    changed = await change_person(visit.transaction, visit.caller, user, name=said.name, status=said.status)
    visit.record("user.updated", ("user", user.id), changed=changed, status=user.status)
    return _shown(visit, user)


@router.put("/{user_id}/roles", operation_id="put_user_roles")
@gate(Core.USERS_MANAGE, guard=_user)
async def put_roles(visit: VisitDep, _: UserPath, said: UserRolesPut) -> Success[UserRead]:
    """Replace somebody's roles."""
    user: User = visit.subject
    visit.expect(user.version)
    await give_roles(visit.transaction, visit.caller, user, roles=said.roles, custom_role_ids=said.custom_role_ids)
    visit.record("user.roles_changed", ("user", user.id), roles=user.roles, custom_role_ids=user.custom_role_ids)
    return _shown(visit, user)


@router.get("/{user_id}/module-permissions", operation_id="get_user_module_permissions")
@gate(Core.USERS_MANAGE, guard=_user)
async def get_module_permissions(visit: VisitDep, _: UserPath) -> Success[ModulePermissionsRead]:
    """Show the module permissions somebody holds, directly and altogether."""
    return await _module_permissions(visit, visit.subject)


@router.put("/{user_id}/module-permissions", operation_id="put_user_module_permissions")
@gate(Core.USERS_MANAGE, guard=_user)
async def put_module_permissions(
    visit: VisitDep, _: UserPath, said: ModulePermissionsPut
) -> Success[ModulePermissionsRead]:
    """Replace somebody's direct module permissions."""
    user: User = visit.subject
    visit.expect(user.version)
    await grant_modules(visit.transaction, visit.caller, user, said.permissions)
    visit.record("user.module_permissions_changed", ("user", user.id), permissions=user.module_permissions)
    return await _module_permissions(visit, user)


async def _settle_tenant(visit: Visit, wanted: str | None) -> None:
    """Who works for many tenants must say which one; nobody else may say another than theirs."""
    if wanted is not None:
        await visit.act_in(wanted)
        return
    runs_many = visit.caller.is_super_admin or visit.caller.is_partner_admin
    if runs_many and "tenant_id" not in visit.request.query_params:
        raise ValidationFailed.of("tenant_id", "say which tenant the person belongs to")


def _shown(visit: Visit, user: User) -> Success[UserRead]:
    visit.etag(user.version)
    return success(UserRead.model_validate(user))


async def _module_permissions(visit: Visit, user: User) -> Success[ModulePermissionsRead]:
    visit.etag(user.version)
    held = (await caller_of(visit.session, user, await visit.session.get_one(Tenant, user.tenant_id))).held
    return success(
        ModulePermissionsRead(permissions=user.module_permissions, effective=sorted(held & MODULE_PERMISSIONS))
    )
