"""Roof, HTTP shapes: what was done and refused, and whether the record of it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from app.audit.tables import AuditEvent
from app.audit.verify import Inspection
from app.http.envelope import Wire


class AuditRead(Wire):
    """One thing that was done or refused."""

    id: str
    number: int
    created_at: datetime
    tenant_id: str
    module: str
    action: str
    outcome: Literal["done", "refused"]
    actor_id: str | None
    actor_tenant_id: str | None
    api_key_id: str | None
    target_type: str | None
    target_id: str | None
    details: dict[str, Any]
    request_id: str

    @classmethod
    def of(cls, event: AuditEvent) -> AuditRead:
        """Show an event."""
        return cls(
            id=event.id,
            number=event.number,
            created_at=event.at,
            tenant_id=event.tenant_id,
            module=event.module,
            action=event.action,
            outcome=event.outcome,
            actor_id=event.actor_id,
            actor_tenant_id=event.actor_tenant_id,
            api_key_id=event.key_id,
            target_type=event.target_type,
            target_id=event.target_id,
            details=event.details,
            request_id=event.request_id,
        )


class BreakRead(Wire):
    """The first link of a chain that does not hold."""

    number: int
    event_id: str | None
    fault: Literal["changed", "missing", "reordered", "truncated", "unannounced"]
    sentence: str


class InspectionRead(Wire):
    """Whether a tenant's chain of events holds."""

    tenant_id: str
    intact: bool
    checked: int
    broken: BreakRead | None

    @classmethod
    def of(cls, inspection: Inspection) -> InspectionRead:
        """Show what an inspection found."""
        broken = None if inspection.broken is None else BreakRead.model_validate(inspection.broken)
        return cls(tenant_id=inspection.tenant_id, intact=inspection.intact, checked=inspection.checked, broken=broken)
