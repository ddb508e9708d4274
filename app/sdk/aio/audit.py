"""SDK: what was done and refused."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

from ..shapes.working import AuditEvent
from .transport import Transport


class Audit:
    """The trail of what was done and refused; for administrators."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(
        self, *, since: datetime | None = None, action: str | None = None, request_id: str | None = None
    ) -> AsyncGenerator[AuditEvent, None]:
        """Event by event, the newest first."""
        query = {"from": None if since is None else since.isoformat(), "action": action, "request_id": request_id}
        return self._transport.every("/v1/audit/events", AuditEvent, **query)
