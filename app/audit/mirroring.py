"""Ground floor, audit: what a reading of ScaiKey's directory has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.audit.chain import Entry
from app.audit.last import append_last
from app.db.transaction import Transaction


def record_mirroring(transaction: Transaction, tenant_id: str, details: Mapping[str, Any]) -> None:
    """Remember in the transaction that changes the groups; written as the last thing before the commit."""
    entry = Entry(
        tenant_id=tenant_id,
        action="directory.mirrored",
        at=transaction.clock.now(),
        target_type="tenant",
        target_id=tenant_id,
        details={"by": "scaikey", **details},
    )
    append_last(transaction, entry)
