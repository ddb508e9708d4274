"""Roof, drive: what is asked of a drive, and how it says no."""

from __future__ import annotations

from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.drive.rights import RightsBroken
from app.identity.errors import ProviderAway, TokenInvalid

log = structlog.get_logger("drive")
_MOST_BYTES = 64 * 1024


class Wanted(BaseModel):
    """A question to a share."""

    model_config = ConfigDict(extra="forbid")
    query: Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
    share_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    max_tokens: int = 4000


class NotThere(Exception):
    """There is no such thing, or it is not for whoever asks."""


class NotUnderstood(Exception):
    """A question that is none."""


async def wanted_by(request: Request) -> Wanted:
    """Read a question, or refuse it."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                raise NotUnderstood
        return Wanted.model_validate_json(bytes(body))
    except (ValidationError, ClientDisconnect):
        raise NotUnderstood from None


def refusal(error: Exception) -> Response:
    """The answer to whoever gets none; which of many reasons it is, they are not told."""
    match error:
        case TokenInvalid():
            told = 401, "UNAUTHENTICATED", "Send a token for this drive as `Authorization: Bearer …`."
        case ProviderAway():
            told = 503, "PROVIDER_AWAY", error.message
        case NotThere():
            told = 404, "NOT_FOUND", "Not found, or not shared with you."
        case NotUnderstood():
            told = 422, "VALIDATION_ERROR", "Send {query, share_id, max_tokens?} as JSON."
        case RightsBroken():
            log.error("drive_rights_broken", reason=str(error))
            told = 503, "RIGHTS_BROKEN", "It cannot be said who may read what; nobody reads anything."
        case _:  # of the embedding model
            log.warning("drive_search_failed", error=getattr(error, "code", type(error).__name__))
            told = 503, "UNAVAILABLE", "It cannot be searched now; try again shortly."
    status, code, message = told
    return JSONResponse({"error": {"code": code, "message": message}}, status)
