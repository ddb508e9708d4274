"""How tests call a server on loopback."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from tests.world.patience import PATIENCE

# In clear: reading the authorities of this machine anew for each client was a sixth of the time of the whole suite.
TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def calling(url: str, key: str | None = None, **options: Any) -> httpx.AsyncClient:
    """A client of a server, as whoever a key or a token belongs to."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    unless_said: dict[str, Any] = {"timeout": PATIENCE} | options
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, verify=TRUSTING_NOBODY, **unless_said)
