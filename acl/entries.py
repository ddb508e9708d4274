"""Allowing: the entries of a list as they are shown, in the order they count."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from acl.facts import Effect
from acl.tables import AccessEntry
from app.db.tenancy import TenantSession


async def entries_of(session: TenantSession, resource_id: str, at: datetime) -> list[AccessEntry]:
    """Read the entries of a list that are there at a moment: what it denies, then what it allows."""
    there = or_(AccessEntry.expires_at.is_(None), AccessEntry.expires_at > at)
    rows = await session.scalars(select(AccessEntry).where(AccessEntry.resource_id == resource_id, there))
    return sorted(rows, key=lambda row: (row.ace_type != Effect.DENY, row.id))
