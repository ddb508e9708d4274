"""Ground floor, directory: how well ScaiKey is followed, over all tenants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, or_, select

from app.identity.directory.tables import DirectoryMirror
from app.identity.tables import Tenant


@dataclass(frozen=True, slots=True)
class Standing:
    """How many tenants there are to read and how many are behind; the oldest times are what counts for all."""

    tenants: int
    behind: int
    failing_since: datetime | None
    read_at: datetime | None  # of those behind if there are any


def standing(connection: Connection, late: datetime) -> Standing:
    """Look at every mirror; one whose last complete reading is older than `late` is behind too."""
    is_late = and_(DirectoryMirror.read_at.is_not(None), DirectoryMirror.read_at < late)
    is_behind = or_(DirectoryMirror.failures > 0, is_late)
    row = connection.execute(
        select(
            func.count(),
            func.count(case((is_behind, 1))),
            func.min(DirectoryMirror.failing_since),
            func.min(case((is_behind, DirectoryMirror.read_at))),
            func.min(DirectoryMirror.read_at),
        )
        .select_from(Tenant)
        .outerjoin(DirectoryMirror, DirectoryMirror.tenant_id == Tenant.id)
        .where(Tenant.external_id.is_not(None))
    ).one()
    tenants, behind, failing_since, read_behind, read_at = row
    return Standing(tenants, behind, failing_since, read_behind if behind else read_at)
