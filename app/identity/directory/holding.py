"""Ground floor, directory: what is held of a tenant's directory, read and written in batches that let others work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select

from app.db.bulk import add_rows, batches, remove_rows
from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.identity.directory.changes import Changes, Held
from app.identity.directory.reading import Edge
from app.identity.directory.tables import PendingMember
from app.identity.tables import Group, GroupMember, GroupNesting, User

_MIRRORED = Group.external_id.is_not(None)  # groups without were made here, and are left alone
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (GroupMember, "user_id"),
    (GroupNesting, "child_id"),
    (PendingMember, "external_id"),
)
_ROWS = 2_000


async def held_of(session: TenantSession) -> Held:
    """Read what the session's tenant holds."""
    groups: dict[str, Edge] = {}
    async for some in _pieces(session, select(Group.external_id, Group.id, Group.name).where(_MIRRORED)):
        groups.update((external, (ours, name)) for external, ours, name in some)
    users: dict[str, str] = {}
    async for some in _pieces(session, select(User.external_id, User.id).where(User.external_id.is_not(None))):
        users.update((external, ours) for external, ours in some)
    return Held(groups, users, *[await _edges(session, kind, member) for kind, member in _KINDS])


async def write(transaction: Transaction, tenant_id: str, changes: Changes) -> None:
    """Write what has changed: groups before those who are in them."""
    session, now = transaction.session, transaction.clock.now()
    await _change_groups(transaction, changes)
    made = [
        Group(id=ours, tenant_id=tenant_id, name=name, external_id=external, created_at=now, updated_at=now)
        for external, (ours, name) in changes.made.items()
    ]
    for some in batches(made):
        session.add_all(some)
        await session.flush()
    for (kind, member), edges in zip(_KINDS, (changes.people, changes.nested, changes.pending), strict=True):
        for group, leaving in _by_group(edges.gone).items():
            await remove_rows(session, kind, ("group_id", group), (member, leaving))
        come = ({"group_id": group, member: whom, "created_at": now} for group, whom in sorted(edges.come))
        await add_rows(session, kind, come)


async def _change_groups(transaction: Transaction, changes: Changes) -> None:
    session, now = transaction.session, transaction.clock.now()
    for some in batches(sorted(changes.gone | changes.renamed.keys())):
        for group in (await session.scalars(select(Group).where(Group.id.in_(some)))).all():
            if group.id in changes.gone:
                await session.delete(group)
            else:
                group.name, group.updated_at = changes.renamed[group.id], now
        await session.flush()


async def _edges(session: TenantSession, kind: type[Any], member: str) -> frozenset[Edge]:
    place = getattr(kind, member)
    mine = select(kind.group_id, place).join(Group, Group.id == kind.group_id).where(_MIRRORED)
    edges: set[Edge] = set()
    async for some in _pieces(session, mine):
        edges.update((group, whom) for group, whom in some)
    return frozenset(edges)


async def _pieces(session: TenantSession, wanted: Select[*tuple[Any, ...]]) -> AsyncIterator[Sequence[Any]]:
    """Read a few rows at a time: all at once would keep the loop busy for as long."""
    found = await session.stream(wanted)
    async for some in found.partitions(_ROWS):
        yield some


def _by_group(edges: Iterable[Edge]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for group, whom in sorted(edges):
        found[group].append(whom)
    return found
