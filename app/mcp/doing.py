"""Roof, MCP: a tool done for a caller: what they sent is checked, and whatever fails is said in our words alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError

from app.context import request_id
from app.db.faults import AWAY
from app.errors import FieldIssue, InternalFault, PlatformError, Unavailable, ValidationFailed
from app.http.failures import FAULT
from app.http.route import note_refusal
from app.http.visit import Visit
from app.mcp.tool import Tool
from app.telemetry.metrics import REFUSED

log = structlog.get_logger("mcp")
_MOST_ISSUES = 20


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool answers, or why it does not."""

    data: dict[str, Any]
    failed: bool = False


async def done(visit: Visit, tool: Tool, arguments: Mapping[str, Any]) -> Said:
    """Do it; a failure is an answer too, for the assistant to read."""
    structlog.contextvars.bind_contextvars(tool=tool.name)
    try:
        return Said(await tool.deed(visit, _asked(tool, arguments)))
    except PlatformError as error:
        note_refusal(visit, error)
        return _failure(error)
    except AWAY as error:
        log.error("database_away", exc_info=error)
        return _failure(Unavailable("The database does not answer; try again shortly.", retry_after=5))
    except Exception:  # of any other the library would tell the client what it says
        log.exception("tool_failed")
        return _failure(InternalFault(FAULT))


def _asked(tool: Tool, arguments: Mapping[str, Any]) -> Any:
    try:
        return tool.asks.model_validate(arguments)
    except ValidationError as refused:
        issues = [_issue(fault) for fault in refused.errors()[:_MOST_ISSUES]]
        first = issues[0]
        raise ValidationFailed(f"{first.field}: {first.message}", details=issues) from None


def _issue(fault: Mapping[str, Any]) -> FieldIssue:
    field = ".".join(str(part)[:100] for part in fault["loc"])
    return FieldIssue(field, str(fault["msg"]).removeprefix("Value error, "))


def _failure(error: PlatformError) -> Said:
    REFUSED.labels(error.code).inc()
    said: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.retry_after is not None:
        said["retry_after"] = error.retry_after
    if error.details:
        said["details"] = [{"field": issue.field, "message": issue.message} for issue in error.details]
    return Said({"error": said, "request_id": request_id.get()}, failed=True)
