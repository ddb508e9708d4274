"""Knowing, erasing: receipts: opened with what was found before anything is removed, closed once it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, select, update

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.db.upsert import insert_missing
from app.ids import new_id
from indexing.erasing.tables import ErasureReceipt

DATABASE, BLOBS, VECTORS, GRAPH = "database", "blobs", "vectors", "graph"
STORES = (DATABASE, BLOBS, VECTORS, GRAPH)
_RECEIPTS = cast("Table", ErasureReceipt.__table__)
_UNCHECKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Subject:
    """A deleted thing, and when it was asked to be erased."""

    kind: str
    id: str
    tenant_id: str
    requested_at: datetime


async def open_receipts(transaction: Transaction, found: Sequence[tuple[Subject, Mapping[str, int]]]) -> None:
    """Write down what stores hold of some things; what was written down before stays as it was."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_id("era"),  # one for each subject and store, whatever its id
            "tenant_id": subject.tenant_id,
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "store": store,
            "removed": held.get(store, 0),
            "requested_at": subject.requested_at,
            "erased_at": None,
        }
        for subject, held in found
        for store in STORES
    ]
    connection = await transaction.session.connection()
    await connection.run_sync(insert_missing, _RECEIPTS, rows)


async def close_receipts(transaction: Transaction, subject_ids: Sequence[str], *stores: str) -> None:
    """Some stores hold nothing of some things any more."""
    closing = update(ErasureReceipt).where(
        ErasureReceipt.subject_id.in_(subject_ids),
        ErasureReceipt.store.in_(stores),
        ErasureReceipt.erased_at.is_(None),
    )
    closed = closing.values(erased_at=transaction.clock.now())
    await transaction.session.execute(closed, execution_options=_UNCHECKED)


async def add_to_receipts(session: TenantSession, subject_id: str, removed: Mapping[str, int]) -> None:
    """Count what was removed of the things that a thing held."""
    for store, count in removed.items():
        adding = update(ErasureReceipt).where(ErasureReceipt.subject_id == subject_id, ErasureReceipt.store == store)
        added = adding.values(removed=ErasureReceipt.removed + count)
        await session.execute(added, execution_options=_UNCHECKED)


async def removed_of(session: TenantSession, subject_ids: Sequence[str]) -> dict[str, int]:
    """By store, what was found of some things together."""
    totals = (
        select(ErasureReceipt.store, func.sum(ErasureReceipt.removed))
        .where(ErasureReceipt.subject_id.in_(subject_ids))
        .group_by(ErasureReceipt.store)
    )
    return {store: int(count) for store, count in await session.execute(totals)}
