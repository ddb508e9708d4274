"""Ground floor, directory: our own token for ScaiKey's admin API, got with client credentials and kept while good."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.clock import Clock
from app.identity.directory.reading import Fault, ReadingFailed
from app.identity.provider_answers import fetch
from app.identity.provider_keys import DISCOVERY

_MOST_BYTES = 64 * 1024
_USUAL_SECONDS = 300
_LONGEST_SECONDS = 3600
_BEFORE_THE_END = timedelta(seconds=30)


@dataclass(slots=True)
class ClientBearer:
    """Gets a bearer and keeps it until shortly before its end; neither it nor the secret is ever shown."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    clock: Clock
    client: httpx.AsyncClient
    _token: str | None = field(default=None, repr=False)
    _until: datetime | None = None
    _getting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self) -> str:
        """Return a bearer that is good for now."""
        async with self._getting:
            if self._token is None or self._until is None or self.clock.now() >= self._until:
                self._token, self._until = await self._got()
            return self._token

    def drop(self, token: str) -> None:
        """Forget a bearer that was refused, unless another was got meanwhile."""
        if self._token == token:
            self._token = None

    async def _got(self) -> tuple[str, datetime]:
        status, said = await fetch(self.client, self.url.rstrip("/") + DISCOVERY, most_bytes=_MOST_BYTES)
        endpoint = said.get("token_endpoint")
        if status != 200 or not isinstance(endpoint, str):
            raise ReadingFailed(Fault.AWAY)
        asked_at = self.clock.now()
        answer = await self._granted(endpoint)
        token, seconds = answer.get("access_token"), answer.get("expires_in", _USUAL_SECONDS)
        if not isinstance(token, str) or not token.isascii() or not token or not isinstance(seconds, int | float):
            raise ReadingFailed(Fault.MALFORMED)
        lasts = timedelta(seconds=float(min(max(seconds, 0), _LONGEST_SECONDS)))
        return token, asked_at + max(lasts - _BEFORE_THE_END, lasts / 2)

    async def _granted(self, endpoint: str) -> dict[str, Any]:
        """Ask with the secret in the form, and where that is refused, once more with it in the header."""
        grant = {"grant_type": "client_credentials"}
        ours = {"client_id": self.client_id, "client_secret": self.secret}
        for way in ({"data": grant | ours}, {"data": grant, "auth": httpx.BasicAuth(self.client_id, self.secret)}):
            status, answer = await fetch(self.client, endpoint, most_bytes=_MOST_BYTES, method="POST", **way)
            if status == 200:
                return answer
            if status not in {400, 401}:
                raise ReadingFailed(Fault.AWAY)
        raise ReadingFailed(Fault.REFUSED)
