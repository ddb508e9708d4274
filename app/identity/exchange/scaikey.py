"""Ground floor, exchange: ScaiKey's token exchange (RFC 8693); what it gave is used again until shortly before its end.

Kept by the digest of the caller's own token, in memory only: whoever's token is not admitted any more never gets here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.clock import Clock
from app.identity.exchange.ports import Exchanged, NoToken
from app.identity.keys import PREFIX, digest
from app.identity.provider_answers import FAILURES, fetch
from app.identity.provider_keys import DISCOVERY

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind
_MOST_BYTES = 64 * 1024
_MOST_KEPT = 10_000
_USUAL_SECONDS, _LONGEST_SECONDS = 300, 3600
_BEFORE_THE_END = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Exchanged
    until: datetime


@dataclass(slots=True)
class ScaiKeyExchange:
    """Exchanges at ScaiKey's token endpoint, as the platform's own client."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    clock: Clock
    client: httpx.AsyncClient
    _kept: OrderedDict[tuple[str, str], _Kept] = field(default_factory=OrderedDict, repr=False)
    _asking: dict[tuple[str, str], asyncio.Task[Exchanged | NoToken]] = field(default_factory=dict, repr=False)

    async def exchange(self, bearer: str, audience: str) -> Exchanged | NoToken:
        """Exchange, unless it was done lately; those who want the same at one moment share one exchange."""
        if bearer.startswith(PREFIX):
            return NoToken.NO_SUBJECT
        name = (digest(bearer), audience)
        kept = self._kept.get(name)
        if kept is not None and kept.until > self.clock.now():
            return kept.token
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._answered(bearer, audience, name))
            asking.add_done_callback(lambda _: self._asking.pop(name, None))
        return await asyncio.shield(asking)  # whoever goes away leaves it to the others

    def forget(self, bearer: str, audience: str) -> None:
        """Forget what was given for a token."""
        self._kept.pop((digest(bearer), audience), None)

    async def aclose(self) -> None:
        """Let go of connections."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        self._kept.clear()
        await self.client.aclose()

    async def _answered(self, bearer: str, audience: str, name: tuple[str, str]) -> Exchanged | NoToken:
        try:
            async with asyncio.timeout(20):
                return await self._exchanged(bearer, audience, name)
        except (*FAILURES, TimeoutError):
            return NoToken.AWAY

    async def _exchanged(self, bearer: str, audience: str, name: tuple[str, str]) -> Exchanged | NoToken:
        status, said = await fetch(self.client, self.url.rstrip("/") + DISCOVERY, most_bytes=_MOST_BYTES)
        endpoint = said.get("token_endpoint")
        if status != 200 or not isinstance(endpoint, str):
            return NoToken.AWAY
        asked_at = self.clock.now()
        wanted = {"grant_type": _GRANT, "subject_token": bearer, "subject_token_type": _ACCESS_TOKEN}
        status, said = await self._asked(endpoint, {**wanted, "audience": audience})
        if status != 200:
            return NoToken.REFUSED if 400 <= status < 500 else NoToken.AWAY
        token, seconds = said.get("access_token"), said.get("expires_in", _USUAL_SECONDS)
        if not isinstance(token, str) or not token or not token.isascii() or not isinstance(seconds, int | float):
            return NoToken.REFUSED
        lasts = timedelta(seconds=float(min(max(seconds, 0), _LONGEST_SECONDS)))
        self._keep(name, _Kept(Exchanged(token), asked_at + max(lasts - _BEFORE_THE_END, lasts / 2)))
        return Exchanged(token)

    async def _asked(self, endpoint: str, wanted: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Ask with the secret in the form, and where that is refused, once more with it in the header."""
        ours = {"client_id": self.client_id, "client_secret": self.secret}
        status, said = await fetch(self.client, endpoint, most_bytes=_MOST_BYTES, method="POST", data=wanted | ours)
        if status != 401:
            return status, said
        auth = httpx.BasicAuth(self.client_id, self.secret)
        return await fetch(self.client, endpoint, most_bytes=_MOST_BYTES, method="POST", data=wanted, auth=auth)

    def _keep(self, name: tuple[str, str], kept: _Kept) -> None:
        self._kept[name] = kept
        self._kept.move_to_end(name)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
