"""Knowing, drive: what somebody is let in with at ScaiDrive: their own token, exchanged."""

from __future__ import annotations

from app.identity.exchange.ports import Exchanged, NoToken, TokenExchange
from indexing.drive.errors import ScaiDriveNotConfigured, ScaiDriveTokenExchangeFailed

AUDIENCE = "scaidrive"


async def admission(exchange: TokenExchange, base_url: str | None, bearer: str | None) -> tuple[str, dict[str, str]]:
    """The root of ScaiDrive's API and the header that speaks for the holder of a bearer."""
    if not base_url:
        raise ScaiDriveNotConfigured
    given = NoToken.NOT_HERE if bearer is None else await exchange.exchange(bearer, AUDIENCE)
    if not isinstance(given, Exchanged):
        raise ScaiDriveTokenExchangeFailed(given)
    return f"{base_url.rstrip('/')}/api/v1", {"authorization": f"Bearer {given.token}"}
