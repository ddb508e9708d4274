"""Allowing: a copy of a thing is whose the thing is, and lets the same people do the same, from its first moment on.

Whoever makes the copy gains nothing by it: not its ownership, which would let them past what the list denies them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select

from acl.permission import ResourceKind
from acl.tables import AccessEntry, AccessList
from app.db.transaction import Transaction
from app.ids import new_id


async def copy_access(transaction: Transaction, copies: Mapping[str, str], collection_id: str) -> None:
    """Give things the lists of others: by the id of each original, that of its copy, all in one collection.

    Entries that have ended are left out. The originals' lists are held until the commit: no half of a change is copied.
    """
    session, now = transaction.session, transaction.clock.now()
    wanted = select(AccessList).where(AccessList.resource_id.in_(copies)).order_by(AccessList.resource_id)
    lists = (await session.scalars(wanted.with_for_update().execution_options(populate_existing=True))).all()
    for original in lists:
        session.add(
            AccessList(
                resource_id=copies[original.resource_id],
                tenant_id=original.tenant_id,
                kind=original.kind,
                collection_id=None if original.kind == ResourceKind.COLLECTION else collection_id,
                owner_id=original.owner_id,
                inherits=original.inherits,
                default_access=original.default_access,
                created_at=now,
                updated_at=now,
            )
        )
    await session.flush()
    for original_id, entries in (await _entries(transaction, copies)).items():
        session.add_all(_copy(entry, copies[original_id], collection_id) for entry in entries)
    await session.flush()


async def _entries(transaction: Transaction, copies: Mapping[str, str]) -> Mapping[str, Sequence[AccessEntry]]:
    there = or_(AccessEntry.expires_at.is_(None), AccessEntry.expires_at > transaction.clock.now())
    found = await transaction.session.scalars(select(AccessEntry).where(AccessEntry.resource_id.in_(copies), there))
    by_thing = defaultdict[str, list[AccessEntry]](list)
    for entry in found:
        by_thing[entry.resource_id].append(entry)
    return by_thing


def _copy(entry: AccessEntry, resource_id: str, collection_id: str) -> AccessEntry:
    return AccessEntry(
        id=new_id("ace"),
        tenant_id=entry.tenant_id,
        resource_id=resource_id,
        collection_id=collection_id,
        ace_type=entry.ace_type,
        principal_type=entry.principal_type,
        principal_id=entry.principal_id,
        permissions=entry.permissions,
        expires_at=entry.expires_at,
        note=entry.note,
        created_by=entry.created_by,
        created_at=entry.created_at,
    )
