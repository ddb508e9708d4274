"""Ground floor, identity: how rows of this room come and change."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PlatformError


async def add_unique(session: TenantSession, row: object, taken: PlatformError) -> None:
    """Add a row; a name that somebody else took at the same moment is the given refusal."""
    session.add(row)
    await _flush(session, taken)


async def amend(transaction: Transaction, row: Any, *, taken: PlatformError | None = None, **said: Any) -> list[str]:
    """Set what was said and differs, and the time of the change; returns the names of what changed."""
    changed = [name for name, value in said.items() if value is not None and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if changed:
        row.updated_at = transaction.clock.now()
        await _flush(transaction.session, taken)
    return changed


async def _flush(session: TenantSession, taken: PlatformError | None) -> None:
    try:
        await session.flush()
    except IntegrityError:
        if taken is None:
            raise
        raise taken from None
