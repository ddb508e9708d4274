"""Ground floor, identity: every group a user is in, through any depth of nesting; cycles are harmless."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from app.db.tenancy import TenantSession
from app.identity.tables import GroupMember, GroupNesting


async def groups_of(session: TenantSession, tenant_id: str, user_id: str) -> frozenset[str]:
    """Walk upwards from the user's own groups: two queries, whatever the depth."""
    direct = await session.scalars(
        select(GroupMember.group_id).where(GroupMember.user_id == user_id, GroupMember.tenant_id == tenant_id)
    )
    return close_upwards(direct, await nestings_of(session, tenant_id))


async def nestings_of(session: TenantSession, tenant_id: str) -> list[tuple[str, str]]:
    """Every (child, parent) of a tenant's groups."""
    edges = await session.execute(
        select(GroupNesting.child_id, GroupNesting.group_id).where(GroupNesting.tenant_id == tenant_id)
    )
    return [(child, parent) for child, parent in edges]


def close_upwards(direct: Iterable[str], edges: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Add the parents, and their parents, of some groups; `edges` are (child, parent)."""
    parents: defaultdict[str, list[str]] = defaultdict(list)
    for child, parent in edges:
        parents[child].append(parent)
    reached = set(direct)
    frontier = list(reached)
    while frontier:
        for parent in parents[frontier.pop()]:
            if parent not in reached:
                reached.add(parent)
                frontier.append(parent)
    return frozenset(reached)
