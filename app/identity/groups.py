"""Ground floor, identity: groups kept here: their members, and groups in groups."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PermissionDenied
from app.identity.caller import Caller
from app.identity.errors import ExternalIdConflict, GroupNotFound, MemberNotFound, UserNotFound
from app.identity.powers import require_group
from app.identity.queries import Member, MemberType, exists, one
from app.identity.rows import add_unique
from app.identity.tables import Group, GroupMember, GroupNesting, User
from app.ids import new_id


async def create_group(transaction: Transaction, tenant_id: str, *, name: str, external_id: str | None) -> Group:
    """Add a group without members."""
    taken = ExternalIdConflict("Another group of this tenant is already known by that external id.")
    same = Group.external_id == external_id
    if external_id is not None and await exists(transaction.session, Group, Group.tenant_id == tenant_id, same):
        raise taken
    now = transaction.clock.now()
    group = Group(
        id=new_id("grp"), tenant_id=tenant_id, name=name, external_id=external_id, created_at=now, updated_at=now
    )
    await add_unique(transaction.session, group, taken)
    return group


async def delete_group(transaction: Transaction, caller: Caller, group: Group) -> None:
    """Delete a group with all it brings; what it brings must be the caller's to take."""
    await require_group(transaction.session, caller, group.tenant_id, group.id)
    await transaction.session.delete(group)
    await transaction.session.flush()


async def add_member(
    transaction: Transaction, caller: Caller, group: Group, kind: MemberType, member_id: str
) -> tuple[Member, bool]:
    """Put somebody or another group into a group; returns the member and whether that is new."""
    session = transaction.session
    member = await _named(session, group.tenant_id, kind, member_id)
    await require_group(session, caller, group.tenant_id, group.id)
    if not caller.is_administrator and member_id in {caller.user_id, *caller.groups}:
        # Things are shared with groups: who manages people without seeing everything must not let themselves in.
        raise PermissionDenied("Ask an administrator to put you into a group.")
    if await _edge(session, group, kind, member_id) is not None:
        return member, False
    now = transaction.clock.now()
    edge: GroupMember | GroupNesting
    if kind == "user":
        edge = GroupMember(tenant_id=group.tenant_id, group_id=group.id, user_id=member_id, created_at=now)
    else:
        edge = GroupNesting(tenant_id=group.tenant_id, group_id=group.id, child_id=member_id, created_at=now)
    try:
        async with session.begin_nested():
            session.add(edge)
    except IntegrityError:  # somebody else put the same member in at the same moment
        return member, False
    return member, True


async def remove_member(transaction: Transaction, caller: Caller, group: Group, member_id: str) -> None:
    """Take somebody or another group out of a group."""
    session = transaction.session
    edge = await _edge(session, group, "user", member_id) or await _edge(session, group, "group", member_id)
    if edge is None:
        raise MemberNotFound
    await require_group(session, caller, group.tenant_id, group.id)
    await session.delete(edge)
    await session.flush()


async def _named(session: TenantSession, tenant_id: str, kind: MemberType, member_id: str) -> Member:
    if kind == "user":
        person = await one(session, User, User.tenant_id == tenant_id, User.id == member_id)
        if person is None:
            raise UserNotFound
        return Member(kind, person.id, person.name)
    group = await one(session, Group, Group.tenant_id == tenant_id, Group.id == member_id)
    if group is None:
        raise GroupNotFound
    return Member(kind, group.id, group.name)


async def _edge(
    session: TenantSession, group: Group, kind: MemberType, member_id: str
) -> GroupMember | GroupNesting | None:
    if kind == "user":
        return await session.get(GroupMember, (group.id, member_id))
    return await session.get(GroupNesting, (group.id, member_id))
