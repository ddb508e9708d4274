"""Ground floor, audit: what a transaction did is written as the last thing before its commit."""

from __future__ import annotations

from collections.abc import Sequence

from app.audit.chain import Entry, append
from app.db.transaction import Transaction


def append_last(transaction: Transaction, entry: Entry) -> None:
    """Remember something of a transaction; all its entries are added at once, for who adds holds a tenant's chain."""
    transaction.before_commit_together(_append, entry)


async def _append(transaction: Transaction, entries: Sequence[Entry]) -> None:
    connection = await transaction.session.connection()
    await connection.run_sync(append, entries)
