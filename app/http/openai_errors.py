"""Roof, OpenAI dialect: the shape its clients expect a failure in."""

from __future__ import annotations

from typing import Any

from app.errors import Kind, PlatformError

_TYPE_OF = {
    Kind.UNAUTHENTICATED: "authentication_error",
    Kind.FORBIDDEN: "permission_error",
    Kind.LIMITED: "rate_limit_error",
}


def openai_error(error: PlatformError, status: int) -> dict[str, Any]:
    """Say a failure as OpenAI would."""
    return {"error": openai_facts(error, status)}


def openai_facts(error: PlatformError, status: int) -> dict[str, Any]:
    """The members of OpenAI's error object."""
    kind = _TYPE_OF.get(error.kind, "invalid_request_error" if status < 500 else "server_error")
    parameter = error.details[0].field if error.details else None
    return {"message": error.message, "type": kind, "param": parameter, "code": error.code}
