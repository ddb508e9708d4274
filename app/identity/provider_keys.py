"""Ground floor, identity: the identity provider's public keys, fetched when needed and never too often."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.clock import Clock
from app.identity.errors import ProviderAway
from app.identity.provider_answers import FAILURES, NoAnswer, fetch

log = structlog.get_logger("identity")

FRESH = timedelta(minutes=10)  # older keys are read again beside the request, so that withdrawn ones end
# Unknown keys make us read again: each of them once in a while and few of them together, or anybody could make us
# ask for ever; two rather than one, so that one stray token does not keep a new key waiting.
PAUSE = timedelta(seconds=30)
MOST_UNKNOWN = 2
PAUSE_AFTER_FAILURE = timedelta(seconds=5)
FETCH_SECONDS = 5
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
_SMALLEST_RSA = 2048
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key and the one algorithm it is good for."""

    key: RSAKey | ECKey
    algorithm: str


class ProviderKeys:
    """Keeps the provider's keys; requests that need a reading at the same moment share one."""

    def __init__(self, url: str, clock: Clock, client: httpx.AsyncClient) -> None:
        self._discovery = url.rstrip("/") + DISCOVERY
        self._clock = clock
        self._client = client
        self._keys: Mapping[str | None, VerifyingKey] = {}
        self._read_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._looked_for: list[tuple[datetime, str | None]] = []  # lately, in vain or not
        self._reading: asyncio.Task[bool] | None = None

    async def find(self, kid: str | None) -> VerifyingKey | None:
        """Return the key of that id, reading the provider's set again if it is not known."""
        known = self._of(kid)
        if known is None:
            if not await self._look_for(kid):
                raise ProviderAway
            return self._of(kid)
        if self._read_at is not None and self._clock.now() - self._read_at > FRESH and not self._has_just_failed():
            self._start()  # a known key goes on working while the provider is away
        return known

    async def aclose(self) -> None:
        """Stop a reading that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    def _of(self, kid: str | None) -> VerifyingKey | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _look_for(self, kid: str | None) -> bool:
        """Read the set unless that was done enough; returns whether the keys now held are the provider's word."""
        if self._reading is None or self._reading.done():
            if self._has_just_failed():
                return False
            if self._read_at is not None and not self._may_look_for(kid):
                return True
        return await asyncio.shield(self._start())

    def _may_look_for(self, kid: str | None) -> bool:
        now = self._clock.now()
        self._looked_for = [(at, name) for at, name in self._looked_for if now - at < PAUSE]
        if len(self._looked_for) >= MOST_UNKNOWN or kid in {name for _, name in self._looked_for}:
            return False
        self._looked_for.append((now, kid))
        return True

    def _has_just_failed(self) -> bool:
        return self._failed_at is not None and self._clock.now() - self._failed_at < PAUSE_AFTER_FAILURE

    def _start(self) -> asyncio.Task[bool]:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read())
        return self._reading

    async def _read(self) -> bool:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                found = await self._document(self._discovery)
                keys = usable_keys(await self._document(str(found["jwks_uri"])))
        except (*FAILURES, TimeoutError, KeyError) as error:
            self._failed_at = self._clock.now()
            self._looked_for.clear()  # the pause after a failure is enough
            log.warning("scaikey_keys_not_read", error=type(error).__name__)
            return False
        self._keys, self._read_at, self._failed_at = keys, self._clock.now(), None
        return True

    async def _document(self, address: str) -> dict[str, Any]:
        status, found = await fetch(self._client, address, most_bytes=MOST_BYTES)
        if status != 200:
            raise NoAnswer("not a document")
        return found


def usable_keys(document: Mapping[str, Any]) -> Mapping[str | None, VerifyingKey]:
    """The keys of a set that may verify tokens; others (secrets, weak ones, for encryption) are left out."""
    offered = document["keys"]
    if not isinstance(offered, list) or not offered:
        raise ValueError("a key set without keys")
    found: dict[str | None, VerifyingKey] = {}
    for entry in offered[:MOST_KEYS]:
        key = _usable(entry)
        if key is not None:
            found[entry.get("kid")] = key
    return found


def _usable(entry: Any) -> VerifyingKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    if not isinstance(entry.get("kid"), str | None):
        return None
    said = entry.get("alg")
    try:
        if entry.get("kty") == "RSA" and said in {None, "RS256"}:
            rsa = RSAKey.import_key(entry)
            return VerifyingKey(rsa, "RS256") if rsa.public_key.key_size >= _SMALLEST_RSA else None
        if entry.get("kty") == "EC" and entry.get("crv") == "P-256" and said in {None, "ES256"}:
            return VerifyingKey(ECKey.import_key(entry), "ES256")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None
