"""Ground floor, identity: people: how they come, and what they are given by those who may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PermissionDenied
from app.identity.caller import Caller
from app.identity.credentials import caller_of
from app.identity.directory.joining import join_groups
from app.identity.errors import CustomRoleNotFound, EmailConflict, ExternalIdConflict, SelfLockout
from app.identity.permissions import Core
from app.identity.powers import power_of, require_over
from app.identity.queries import custom_roles_named, exists
from app.identity.rows import add_unique, amend
from app.identity.tables import SUSPENDED, CustomRole, Tenant, User
from app.ids import new_id


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is said of somebody who is to be."""

    email: str
    name: str
    roles: Sequence[str] = ()
    external_id: str | None = None


async def add_person(transaction: Transaction, caller: Caller, tenant_id: str, new: NewPerson) -> User:
    """Add somebody to a tenant, with roles the caller may give."""
    power_of(caller).require(roles=new.roles)
    if new.external_id is not None and not caller.is_administrator:
        # Whoever is made under it gets all that ScaiKey's person of that id is given, now and later.
        raise PermissionDenied("Ask an administrator to say whom ScaiKey knows somebody as.")
    await _require_free(transaction.session, tenant_id, new)
    person = person_row(transaction, tenant_id, new)
    await add_unique(transaction.session, person, EmailConflict("Somebody of this tenant has that address."))
    await join_groups(transaction, person)
    return person


def person_row(transaction: Transaction, tenant_id: str, new: NewPerson) -> User:
    """Make the row of a new person."""
    now = transaction.clock.now()
    return User(
        id=new_id("usr"),
        tenant_id=tenant_id,
        email=new.email,
        name=new.name,
        roles=sorted(set(new.roles)),
        custom_role_ids=[],
        module_permissions=[],
        external_id=new.external_id,
        created_at=now,
        updated_at=now,
    )


async def change_person(
    transaction: Transaction, caller: Caller, user: User, *, name: str | None, status: str | None
) -> list[str]:
    """Rename, suspend or bring back somebody; returns what changed."""
    if user.id == caller.user_id and status == SUSPENDED:
        raise SelfLockout("You cannot suspend yourself; ask another administrator.")
    if user.id != caller.user_id:
        await require_over(transaction.session, caller, user)
    return await amend(transaction, user, name=name, status=status)


async def give_roles(
    transaction: Transaction, caller: Caller, user: User, *, roles: Sequence[str], custom_role_ids: Sequence[str] | None
) -> list[str]:
    """Replace somebody's roles; custom roles stay as they are unless they are said too."""
    session = transaction.session
    await require_over(session, caller, user)
    custom = await _custom_roles(session, user.tenant_id, custom_role_ids or ())
    allowed = [permission for role in custom for permission in role.permissions]
    power_of(caller).require(roles=roles, permissions=allowed)
    wanted = None if custom_role_ids is None else sorted(set(custom_role_ids))
    changed = await amend(transaction, user, roles=sorted(set(roles)), custom_role_ids=wanted)
    await _refuse_lockout(session, caller, user)
    return changed


async def grant_modules(transaction: Transaction, caller: Caller, user: User, permissions: Sequence[str]) -> list[str]:
    """Replace somebody's direct module permissions."""
    await require_over(transaction.session, caller, user)
    power_of(caller).require(permissions=permissions)
    return await amend(transaction, user, module_permissions=sorted(set(permissions)))


async def _require_free(session: TenantSession, tenant_id: str, new: NewPerson) -> None:
    mine = User.tenant_id == tenant_id
    if await exists(session, User, mine, User.email == new.email):
        raise EmailConflict("Somebody of this tenant has that address.")
    if new.external_id and await exists(session, User, mine, User.external_id == new.external_id):
        raise ExternalIdConflict("Somebody of this tenant is already known by that external id.")


async def _custom_roles(session: TenantSession, tenant_id: str, ids: Sequence[str]) -> list[CustomRole]:
    found = await custom_roles_named(session, tenant_id, ids)
    if len(found) != len(set(ids)):
        raise CustomRoleNotFound
    return found


async def _refuse_lockout(session: TenantSession, caller: Caller, user: User) -> None:
    """An administrator who drops their own right to change people could not take it back."""
    if user.id != caller.user_id:
        return
    after = await caller_of(session, user, await session.get_one(Tenant, user.tenant_id))
    if Core.USERS_MANAGE not in after.held or after.is_super_admin != caller.is_super_admin:
        raise SelfLockout("You cannot take your own administration away; ask another administrator.")
