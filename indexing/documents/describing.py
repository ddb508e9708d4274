"""Knowing, documents: what a document is called, and what else its people say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.db.transaction import Transaction
from app.errors import ValidationFailed
from indexing.documents.naming import file_name
from indexing.documents.tables import Document

MOST_DETAIL_BYTES = 64 * 1024


def checked_details(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata that is kept with every document and read with every hit; refuses a book of it."""
    if len(json.dumps(said, ensure_ascii=False).encode()) > MOST_DETAIL_BYTES:
        raise ValidationFailed.of("metadata", f"must take at most {MOST_DETAIL_BYTES // 1024} KiB as JSON")
    return dict(said)


async def describe(
    transaction: Transaction, row: Document, *, name: str | None, details: Mapping[str, Any] | None
) -> list[str]:
    """Change what is said of a document; returns the names of what is another now."""
    meant = {"name": None if name is None else file_name(name), "details": details}
    changed = [field for field, value in meant.items() if value is not None and value != getattr(row, field)]
    for field in changed:
        setattr(row, field, meant[field])
    if changed:
        row.updated_at = transaction.clock.now()
        row.changes = Document.changes + 1  # counted by the database, for the pipeline counts too
        await transaction.session.flush()
        await transaction.session.refresh(row)
    return ["metadata" if field == "details" else field for field in changed]
