"""Ground floor, identity: what a caller may hand out, and over whom; nobody gives what they do not hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.db.tenancy import TenantSession
from app.errors import PermissionDenied
from app.identity.caller import Caller
from app.identity.credentials import caller_of, held_by_custom, mapped_roles
from app.identity.membership import close_upwards, nestings_of
from app.identity.permissions import ALL_PERMISSIONS, Role, held_by
from app.identity.tables import Tenant, User

_PARTNER_ROLES = frozenset({Role.PARTNER_VIEWER, Role.PARTNER_ADMIN})


@dataclass(frozen=True, slots=True)
class Power:
    """The permissions and roles somebody may hand out, take away, and act over."""

    permissions: frozenset[str]
    roles: frozenset[str]

    def require(self, *, permissions: Iterable[str] = (), roles: Iterable[str] = ()) -> None:
        """Refuse unless all of this may be handed out."""
        beyond = sorted({*roles} - self.roles) + sorted({*permissions} - self.permissions)
        if beyond:
            raise PermissionDenied(f"Nobody can give or take what they do not hold: {', '.join(beyond)}.")

    def require_over(self, person: Caller) -> None:
        """Refuse unless somebody holds nothing beyond this."""
        if not (person.held <= self.permissions and person.roles <= self.roles):
            raise PermissionDenied("This person holds more than you do.")


def power_of(caller: Caller) -> Power:
    """What a caller may hand out with the credential at hand."""
    permissions = caller.held
    if caller.is_super_admin:
        permissions = ALL_PERMISSIONS
    elif caller.is_partner_admin:
        # Partner admins set up their tenants' admins, who may do more inside a tenant than they themselves.
        permissions |= held_by([Role.TENANT_ADMIN])
    if caller.scopes is not None:
        permissions &= caller.scopes
    roles = frozenset(str(role) for role in Role if _in_rank(caller, role) and held_by([role]) <= permissions)
    return Power(permissions, roles)


async def require_over(session: TenantSession, caller: Caller, user: User) -> None:
    """Refuse unless the caller may act over a person: nobody touches who holds more."""
    tenant = await session.get_one(Tenant, user.tenant_id)
    power_of(caller).require_over(await caller_of(session, user, tenant))


async def require_group(session: TenantSession, caller: Caller, tenant_id: str, group_id: str) -> None:
    """Refuse unless the caller may hand out every role that being in a group brings, through any nesting."""
    groups = close_upwards([group_id], await nestings_of(session, tenant_id))
    mapped = await mapped_roles(session, tenant_id, groups)
    custom = {mapping.custom_role_id for mapping in mapped if mapping.custom_role_id}
    power_of(caller).require(
        roles=[mapping.role for mapping in mapped if mapping.role],
        permissions=await held_by_custom(session, tenant_id, custom),
    )


def _in_rank(caller: Caller, role: Role) -> bool:
    """Administrators' roles open more than their permissions say, so only their like can give them."""
    if caller.is_super_admin:
        return True
    if role is Role.SUPER_ADMIN:
        return False
    if role in _PARTNER_ROLES:
        return caller.is_partner_admin
    return role is not Role.TENANT_ADMIN or caller.is_tenant_admin or caller.is_partner_admin
