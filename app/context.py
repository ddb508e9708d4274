"""Ground floor: what belongs to the request or job at hand, known to logs and records without being passed on."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
