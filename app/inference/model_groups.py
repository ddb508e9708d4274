"""Ground floor, inference: add, change and remove groups of models, and who may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PermissionDenied, ValidationFailed
from app.identity.caller import Caller
from app.identity.tables import Partner, Tenant
from app.ids import new_id
from app.inference.callable import ALL, GLOBAL, CallableModel
from app.inference.slugs import claim_slug
from app.inference.tables import ModelGroup, ModelGroupMember

PARTNER = "partner"
TENANT = "tenant"


def within_sight(caller: Caller, tenant_id: str) -> ColumnElement[bool]:
    """Which groups a caller sees from a tenant: those whose slug may be called there."""
    if caller.is_super_admin:
        return true()
    return or_(
        ModelGroup.scope_type == GLOBAL,
        and_(ModelGroup.scope_type == PARTNER, ModelGroup.scope_id == caller.partner_id),
        and_(ModelGroup.scope_type == TENANT, ModelGroup.scope_id == tenant_id),
    )


def require_managing(caller: Caller, scope_type: str, scope_id: str | None) -> None:
    """Refuse unless groups of this scope are the caller's to manage; says nothing about whether the scope exists."""
    own_partner = scope_type == PARTNER and caller.is_partner_admin and scope_id == caller.partner_id
    own_tenant = scope_type == TENANT and caller.is_tenant_admin and scope_id == caller.tenant_id
    if not (caller.is_super_admin or own_partner or own_tenant):
        raise PermissionDenied("You may manage model groups of your own scope only.")


async def add_group(
    transaction: Transaction, *, slug: str, display_name: str, scope_type: str, scope_id: str | None
) -> ModelGroup:
    """Add an empty group; the slug's shape and the right to the scope are the caller's to check."""
    await _check_scope(transaction.session, scope_type, scope_id)
    now = transaction.clock.now()
    group = ModelGroup(
        id=new_id("mgr"),
        slug=slug,
        display_name=display_name,
        scope_type=scope_type,
        scope_id=scope_id,
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(group)
    await claim_slug(transaction.session, group)
    return group


async def change_group(transaction: Transaction, group: ModelGroup, changes: dict[str, Any]) -> None:
    """Rename a group; its scope is settled."""
    for name, value in changes.items():
        setattr(group, name, value)
    group.updated_at = transaction.clock.now()
    await claim_slug(transaction.session, group)


async def remove_group(session: TenantSession, group: ModelGroup) -> None:
    """Remove a group; its models stay."""
    await session.delete(group)
    await session.flush()


async def members_of(session: TenantSession, group: ModelGroup) -> Sequence[ModelGroupMember]:
    """The members of a group in the order they are tried."""
    in_order = (ModelGroupMember.position, ModelGroupMember.id)
    rows = await session.scalars(
        select(ModelGroupMember).where(ModelGroupMember.group_id == group.id).order_by(*in_order)
    )
    return rows.all()


async def add_member(transaction: Transaction, group: ModelGroup, model_id: str) -> ModelGroupMember:
    """Put a model at the end of a group; one that is in it stays where it is."""
    session = transaction.session
    mine = ModelGroupMember.group_id == group.id
    held: ModelGroupMember | None = await session.scalar(
        select(ModelGroupMember).where(mine, ModelGroupMember.model_id == model_id)
    )
    if held is not None:
        return held
    last = await session.scalar(select(func.max(ModelGroupMember.position)).where(mine))
    now = transaction.clock.now()
    member = ModelGroupMember(
        id=new_id("mgm"),
        group_id=group.id,
        model_id=model_id,
        position=0 if last is None else last + 1,
        created_at=now,
    )
    group.updated_at = now
    session.add(member)
    await session.flush()
    return member


async def remove_member(transaction: Transaction, group: ModelGroup, member: ModelGroupMember) -> None:
    """Take a model out of a group."""
    group.updated_at = transaction.clock.now()
    await transaction.session.delete(member)
    await transaction.session.flush()


async def fits(session: TenantSession, caller: Caller, group: ModelGroup, model: CallableModel) -> bool:
    """Whether a model is visible to the scope of a group; what is not is no more there than a missing one."""
    if caller.is_super_admin or model.visibility == ALL:
        return True
    if group.scope_type == TENANT:
        return group.scope_id in model.tenant_ids
    partners = select(Tenant.id).where(Tenant.partner_id == group.scope_id, Tenant.id.in_(model.tenant_ids))
    return group.scope_type == PARTNER and await session.scalar(partners.limit(1)) is not None


async def _check_scope(session: TenantSession, scope_type: str, scope_id: str | None) -> None:
    if scope_type == GLOBAL:
        if scope_id is not None:
            raise ValidationFailed.of("scope_id", "a global group has none")
        return
    known = None if scope_id is None else await session.get(Partner if scope_type == PARTNER else Tenant, scope_id)
    if known is None:
        raise ValidationFailed.of("scope_id", f"must be the id of a {scope_type}")
