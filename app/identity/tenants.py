"""Ground floor, identity: partners and tenants: who sees them, how they come and how they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select, true

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import SlugConflict
from app.identity.caller import Caller
from app.identity.errors import ExternalIdConflict
from app.identity.permissions import Core, Role
from app.identity.rows import add_unique
from app.identity.tables import Partner, RoleMapping, Tenant, User
from app.ids import new_id


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What is said of a tenant that is to be."""

    slug: str
    display_name: str
    partner_id: str
    external_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def runs_partner(caller: Caller, partner_id: str) -> bool:
    """Whether the caller administers a partner and all its tenants."""
    return caller.is_super_admin or (caller.is_partner_admin and caller.partner_id == partner_id)


def sees_partner(caller: Caller, partner_id: str) -> bool:
    """Whether the caller may read a partner and its tenants."""
    own = caller.partner_id == partner_id
    theirs = runs_partner(caller, partner_id) or (own and Role.PARTNER_VIEWER in caller.roles)
    return theirs and _sees_beyond(caller)


def visible_tenants(caller: Caller) -> ColumnElement[bool]:
    """The tenants a caller may list."""
    if caller.is_super_admin and _sees_beyond(caller):
        return true()
    if sees_partner(caller, caller.partner_id):
        return Tenant.partner_id == caller.partner_id
    return Tenant.id == caller.tenant_id


def _sees_beyond(caller: Caller) -> bool:
    """Whether the credential at hand is for more than its own tenant: a key made for less sees no neighbours."""
    return caller.may(Core.ADMIN_ACCESS) or caller.may(Core.ACCOUNTING_PARTNER)


def visible_partners(caller: Caller) -> ColumnElement[bool]:
    """The partners a caller may list."""
    return true() if caller.is_super_admin else Partner.id == caller.partner_id


async def create_partner(transaction: Transaction, *, slug: str, display_name: str) -> Partner:
    """Add a partner; its slug is its own everywhere."""
    taken = SlugConflict(f"The slug {slug!r} belongs to another partner.")
    if await transaction.session.scalar(select(Partner.id).where(Partner.slug == slug)):
        raise taken
    now = transaction.clock.now()
    partner = Partner(id=new_id("prt"), slug=slug, display_name=display_name, created_at=now, updated_at=now)
    await add_unique(transaction.session, partner, taken)
    return partner


async def create_tenant(transaction: Transaction, new: NewTenant) -> Tenant:
    """Add a tenant to a partner; its slug is its own everywhere."""
    session, taken = transaction.session, SlugConflict(f"The slug {new.slug!r} belongs to another tenant.")
    if await session.scalar(select(Tenant.id).where(Tenant.slug == new.slug)):
        raise taken
    if new.external_id and await session.scalar(select(Tenant.id).where(Tenant.external_id == new.external_id)):
        raise ExternalIdConflict("Another tenant is already known by that external id.")
    now = transaction.clock.now()
    tenant = Tenant(
        id=new_id("tnt"),
        partner_id=new.partner_id,
        slug=new.slug,
        display_name=new.display_name,
        settings=merged({}, new.settings),
        external_id=new.external_id,
        created_at=now,
        updated_at=now,
    )
    await add_unique(session, tenant, taken)
    return tenant


def merged(present: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Change settings by what was said: null takes a key away, an object changes its own keys, the rest stays."""
    result = dict(present)
    for name, value in said.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            result[name] = merged(result.get(name) or {}, value)
        else:
            result[name] = value
    return {name: value for name, value in result.items() if value != {}}


async def holds_super_admins(session: TenantSession, tenant_id: str) -> bool:
    """Whether somebody who runs the platform lives in a tenant."""
    people = await session.scalars(select(User.roles).where(User.tenant_id == tenant_id))
    if any(Role.SUPER_ADMIN in roles for roles in people):
        return True
    through_group = select(RoleMapping.id).where(
        RoleMapping.tenant_id == tenant_id, RoleMapping.role == str(Role.SUPER_ADMIN)
    )
    return await session.scalar(through_group.limit(1)) is not None
