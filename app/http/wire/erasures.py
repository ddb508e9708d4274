"""Roof, HTTP shapes: receipts of what was erased."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.http.envelope import Wire
from indexing.erasing.listing import Receipt


class ErasureRead(Wire):
    """What one store held of one deleted thing; `erased_at` is null until it holds nothing of it."""

    id: str
    subject_type: Literal["document", "collection"]
    subject_id: str
    store: Literal["database", "blobs", "vectors", "graph"]
    removed: int
    requested_at: datetime
    erased_at: datetime | None

    @classmethod
    def of(cls, receipt: Receipt) -> ErasureRead:
        """Show a receipt."""
        return cls.model_validate(receipt)
