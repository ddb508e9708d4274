"""Roof, HTTP: addresses a request names, looked at before anything is begun with them."""

from __future__ import annotations

from app.errors import FieldIssue
from app.http.visit import Visit
from app.outbound.errors import OutboundRefused


async def checked_address(visit: Visit, field: str, url: str) -> str:
    """Return an address in its usual spelling; refused at once, by its field, if it may not be called from here."""
    await visit.require_still()
    try:
        return await visit.platform.outbound.check(url)
    except OutboundRefused as refused:
        raise OutboundRefused(refused.message, details=[FieldIssue(field, refused.message)]) from None
