"""Roof, HTTP: somebody of the tenant through whose eyes a thing is looked at, by whoever may."""

from __future__ import annotations

from app.errors import NotFound
from app.http.visit import Visit
from app.identity.caller import Caller
from app.identity.errors import TokenInvalid, UserNotFound


async def somebody_else(visit: Visit, user_id: str) -> Caller:
    """Somebody of the tenant with all they may do now; who may do nothing any more is not there."""
    try:
        other = await visit.platform.credentials.of_user(user_id)
    except (TokenInvalid, NotFound):
        raise UserNotFound from None
    if other.tenant_id != visit.tenant_id:
        raise UserNotFound
    return other
