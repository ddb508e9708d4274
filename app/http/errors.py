"""Roof, HTTP: an error's kind becomes a status here and nowhere else; its facts, whichever dialect was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.context import request_id
from app.errors import Kind, PlatformError
from app.http.authentication import challenge
from app.http.openai_errors import openai_error
from app.telemetry.metrics import REFUSED

PROBLEM = "application/problem+json"
_WEIGHT = re.compile(r"\bq\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|\Z)")

STATUS_OF: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA_TYPE: 415,
    Kind.LIMITED: 429,
    Kind.INTERNAL: 500,
    Kind.UPSTREAM: 502,
    Kind.UNAVAILABLE: 503,
    Kind.UPSTREAM_TIMEOUT: 504,
}


def answer_error(request: Request, error: PlatformError) -> JSONResponse:
    """Say a failure in the dialect of the path, or as a problem document where that was asked for."""
    status = STATUS_OF[error.kind]
    REFUSED.labels(error.code).inc()
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if said := challenge(request, error):
        headers["WWW-Authenticate"] = said
    if request.url.path.startswith("/oai/"):
        return JSONResponse(openai_error(error, status), status, headers)
    if _prefers_problems(request.headers.get("accept", "")):
        return JSONResponse(_problem(error, status), status, headers, media_type=PROBLEM)
    return JSONResponse(_envelope(error), status, headers)


def _prefers_problems(accept: str) -> bool:
    """Whether a problem document is asked for, and no less than plain JSON."""
    if PROBLEM not in accept:
        return False
    wanted: dict[str, float] = {}
    for said in accept.split(","):
        media, _, more = said.partition(";")
        weight = _WEIGHT.search(more)
        wanted[media.strip().lower()] = float(weight[1]) if weight else 1.0
    return wanted.get(PROBLEM, 0.0) > 0 and wanted[PROBLEM] >= wanted.get("application/json", 0.0)


def _envelope(error: PlatformError) -> dict[str, Any]:
    said: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.retry_after is not None:
        said["retry_after"] = error.retry_after
    if error.details:
        said["details"] = [{"field": issue.field, "message": issue.message} for issue in error.details]
    return {"status": "error", "error": said, "meta": {"request_id": request_id.get()}}


def _problem(error: PlatformError, status: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": f"/docs/errors#{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.message,
        "code": error.code,
        "request_id": request_id.get(),
    }
    if error.retry_after is not None:
        said["retry_after"] = error.retry_after
    if error.details:
        pointers = [("/" + issue.field.replace(".", "/"), issue.message) for issue in error.details]
        said["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in pointers]
    return said
