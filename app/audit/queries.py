"""Ground floor, audit: looking events up, within the session's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from app.audit.tables import AuditEvent
from app.db.tenancy import TenantSession
from app.paging import Page, PageRequest, cut


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are looked for; None is any. From is included, to is not."""

    module: str | None = None
    action: str | None = None
    actor_id: str | None = None
    target_id: str | None = None
    outcome: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def narrow(self, statement: Select[Any]) -> Select[Any]:
        """Add these conditions."""
        for name in ("module", "action", "actor_id", "target_id", "outcome", "request_id"):
            value = getattr(self, name)
            if value is not None:
                statement = statement.where(getattr(AuditEvent, name) == value)
        if self.since is not None:
            statement = statement.where(AuditEvent.at >= self.since)
        if self.until is not None:
            statement = statement.where(AuditEvent.at < self.until)
        return statement


@dataclass(frozen=True, slots=True)
class AuditQueries:
    """Reads events: one tenant's in the order of its chain, several tenants' in the order of their ids (of time)."""

    session: TenantSession

    async def page(self, wanted: Wanted, request: PageRequest) -> Page[AuditEvent]:
        """One page."""
        place: Any = AuditEvent.id if self.session.reach.only is None else AuditEvent.number
        rising = request.order == "asc"
        statement = wanted.narrow(select(AuditEvent))
        if request.after is not None:
            after = request.after if place is AuditEvent.id else int(request.after)
            statement = statement.where(place > after if rising else place < after)
        rows = await self.session.scalars(
            statement.order_by(place.asc() if rising else place.desc()).limit(request.limit + 1)
        )
        found: Sequence[AuditEvent] = rows.all()
        return cut(found, request, lambda event: str(getattr(event, place.key)))
