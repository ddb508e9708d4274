"""Ground floor, identity: a tenant's own roles, and the groups that bring roles with them."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.transaction import Transaction
from app.identity.caller import Caller
from app.identity.errors import CustomRoleConflict, CustomRoleNotFound, RoleMappingConflict
from app.identity.powers import power_of
from app.identity.queries import exists, one, people_having
from app.identity.rows import add_unique, amend
from app.identity.tables import CustomRole, Group, RoleMapping
from app.ids import new_id


async def create_role(
    transaction: Transaction, caller: Caller, tenant_id: str, *, name: str, description: str, permissions: Sequence[str]
) -> CustomRole:
    """Add a role of permissions the caller may give."""
    power_of(caller).require(permissions=permissions)
    await _require_free(transaction, tenant_id, name)
    now = transaction.clock.now()
    role = CustomRole(
        id=new_id("role"),
        tenant_id=tenant_id,
        name=name,
        description=description,
        permissions=sorted(set(permissions)),
        created_at=now,
        updated_at=now,
    )
    await add_unique(transaction.session, role, _taken(name))
    return role


async def change_role(
    transaction: Transaction,
    caller: Caller,
    role: CustomRole,
    *,
    name: str | None,
    description: str | None,
    permissions: Sequence[str] | None,
) -> list[str]:
    """Change a role; both what it permitted and what it will must be the caller's to give."""
    power_of(caller).require(permissions=[*role.permissions, *(permissions or ())])
    if name is not None and name != role.name:
        await _require_free(transaction, role.tenant_id, name)
    wanted = None if permissions is None else sorted(set(permissions))
    taken = _taken(name or role.name)
    return await amend(transaction, role, taken=taken, name=name, description=description, permissions=wanted)


async def delete_role(transaction: Transaction, caller: Caller, role: CustomRole) -> None:
    """Delete a role, and take it from everybody who has it."""
    power_of(caller).require(permissions=role.permissions)
    session, now = transaction.session, transaction.clock.now()
    for user in await people_having(session, role):
        user.custom_role_ids = [held for held in user.custom_role_ids if held != role.id]
        user.updated_at = now
    await session.delete(role)
    await session.flush()


async def map_role(
    transaction: Transaction, caller: Caller, group: Group, *, role: str | None, custom: CustomRole | None
) -> RoleMapping:
    """Let a group bring a role to everybody in it."""
    power = power_of(caller)
    power.require(roles=[role] if role else [], permissions=custom.permissions if custom else [])
    custom_id = custom.id if custom else None
    same = (RoleMapping.group_id == group.id, RoleMapping.role == role, RoleMapping.custom_role_id == custom_id)
    taken = RoleMappingConflict("The group brings that role already.")
    if await exists(transaction.session, RoleMapping, *same):
        raise taken
    now = transaction.clock.now()
    mapping = RoleMapping(
        id=new_id("rmap"),
        tenant_id=group.tenant_id,
        group_id=group.id,
        role=role,
        custom_role_id=custom_id,
        created_at=now,
        updated_at=now,
    )
    await add_unique(transaction.session, mapping, taken)
    return mapping


async def unmap_role(transaction: Transaction, caller: Caller, mapping: RoleMapping) -> None:
    """Let a group no longer bring a role; it must be the caller's to take."""
    power = power_of(caller)
    if mapping.role:
        power.require(roles=[mapping.role])
    if mapping.custom_role_id:
        custom = await transaction.session.get_one(CustomRole, mapping.custom_role_id)
        power.require(permissions=custom.permissions)
    await transaction.session.delete(mapping)
    await transaction.session.flush()


async def named_role(transaction: Transaction, tenant_id: str, role_id: str) -> CustomRole:
    """Return a custom role of a tenant by its id."""
    mine = (CustomRole.tenant_id == tenant_id, CustomRole.id == role_id)
    found = await one(transaction.session, CustomRole, *mine)
    if found is None:
        raise CustomRoleNotFound
    return found


async def _require_free(transaction: Transaction, tenant_id: str, name: str) -> None:
    if await exists(transaction.session, CustomRole, CustomRole.tenant_id == tenant_id, CustomRole.name == name):
        raise _taken(name)


def _taken(name: str) -> CustomRoleConflict:
    return CustomRoleConflict(f"There is a role named {name!r} already.")
