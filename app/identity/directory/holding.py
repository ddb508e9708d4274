"""Ground floor, directory: what is held of a tenant's directory, read and written in batches that let others work."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.identity.directory.changes import Changes, Held
from app.identity.directory.reading import Edge
from app.identity.directory.tables import PendingMember
from app.identity.tables import Group, GroupMember, GroupNesting, User

_AT_ONCE = 500
_MIRRORED = Group.external_id.is_not(None)  # groups without were made here, and are left alone
_KINDS: tuple[tuple[type[Any], InstrumentedAttribute[str]], ...] = (
    (GroupMember, GroupMember.user_id),
    (GroupNesting, GroupNesting.child_id),
    (PendingMember, PendingMember.external_id),
)


async def held_of(session: TenantSession) -> Held:
    """Read what the session's tenant holds."""
    groups = {
        external: (ours, name)
        async for external, ours, name in _rows(
            session, select(Group.external_id, Group.id, Group.name).where(_MIRRORED)
        )
    }
    known = select(User.external_id, User.id).where(User.external_id.is_not(None))
    users = {external: ours async for external, ours in _rows(session, known)}
    people, nested, pending = [await _edges(session, kind, member) for kind, member in _KINDS]
    return Held(groups, users, people, nested, pending)


async def write(transaction: Transaction, tenant_id: str, changes: Changes) -> None:
    """Write what has changed, group by group before those in them."""
    session, now = transaction.session, transaction.clock.now()
    changed = changes.gone | changes.renamed.keys()
    for some in _batches(changed):
        for group in (await session.scalars(select(Group).where(Group.id.in_(some)))).all():
            if group.id in changes.gone:
                await session.delete(group)
            else:
                group.name, group.updated_at = changes.renamed[group.id], now
        await session.flush()
    times = {"created_at": now, "updated_at": now}
    new = [
        Group(id=ours, tenant_id=tenant_id, name=name, external_id=external, **times)
        for external, (ours, name) in changes.made.items()
    ]
    await _add(session, new)
    for (kind, member), edges in zip(_KINDS, (changes.people, changes.nested, changes.pending), strict=True):
        await _take_out(session, kind, member, edges.gone)
        made = ({"group_id": group, member.key: whom} for group, whom in sorted(edges.come))
        await _add(session, (kind(tenant_id=tenant_id, created_at=now, **edge) for edge in made))


async def _edges(session: TenantSession, kind: type[Any], member: InstrumentedAttribute[str]) -> frozenset[Edge]:
    mine = select(kind.group_id, member).join(Group, Group.id == kind.group_id).where(_MIRRORED)
    return frozenset([(group, whom) async for group, whom in _rows(session, mine)])


async def _rows(session: TenantSession, wanted: Select[*tuple[Any, ...]]) -> AsyncIterator[Any]:
    found = await session.stream(wanted)
    async for some in found.partitions(_AT_ONCE):
        for row in some:
            yield row


async def _add(session: TenantSession, rows: Iterable[Any]) -> None:
    for some in _batches(rows):
        session.add_all(some)
        await session.flush()
        await asyncio.sleep(0)


async def _take_out(
    session: TenantSession, kind: type[Any], member: InstrumentedAttribute[str], gone: Iterable[Edge]
) -> None:
    by_group: defaultdict[str, list[str]] = defaultdict(list)
    for group, whom in gone:
        by_group[group].append(whom)
    for group, leaving in by_group.items():
        for some in _batches(leaving):
            for row in (await session.scalars(select(kind).where(kind.group_id == group, member.in_(some)))).all():
                await session.delete(row)
            await session.flush()


def _batches(things: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for thing in things:
        batch.append(thing)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
