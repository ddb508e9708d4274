# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: what was done and refused."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

from ..shapes.working import AuditEvent
from .transport import Transport


class Audit:
    """The trail of what was done and refused; for administrators."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(
        self, *, since: datetime | None = None, action: str | None = None, request_id: str | None = None
    ) -> Generator[AuditEvent, None, None]:
        """Event by event, the newest first."""
        query = {"from": None if since is None else since.isoformat(), "action": action, "request_id": request_id}
        return self._transport.every("/v1/audit/events", AuditEvent, **query)
