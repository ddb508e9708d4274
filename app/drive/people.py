"""Roof, drive: who holds a token: by the keys of an identity provider, or by a secret shared with whoever signs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.clock import Clock
from app.drive.rights import Reader
from app.identity.errors import TokenInvalid
from app.identity.tokens import LEEWAY_SECONDS, MOST_CHARACTERS, Tokens

SHORTEST_SECRET = 32  # bytes
_MOST_GROUPS, _LONGEST = 1000, 255


class People(Protocol):
    """Knows whom tokens speak for."""

    async def reader_of(self, token: str) -> Reader:
        """Whoever holds a good token; anything else is refused."""


@dataclass(frozen=True, slots=True)
class ProvidersPeople:
    """Takes a provider's word: signature, algorithm, issuer, audience and time."""

    tokens: Tokens

    async def reader_of(self, token: str) -> Reader:
        """Whoever holds a good token."""
        claims = await self.tokens.claims_of(token)
        groups = _groups(_payload(token))  # what has just been verified
        return Reader(claims.subject, claims.tenant, claims.email, groups)


@dataclass(frozen=True, slots=True)
class SecretsPeople:
    """Takes the word of whoever knows a secret, in tokens signed by HS256."""

    secret: bytes = field(repr=False)
    audience: str
    clock: Clock

    async def reader_of(self, token: str) -> Reader:
        """Whoever holds a good token."""
        if len(token) > MOST_CHARACTERS:
            raise TokenInvalid
        try:
            said = jwt.decode(token, OctKey.import_key(self.secret), algorithms=["HS256"]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise TokenInvalid from None
        subject, audience, end = said.get("sub"), said.get("aud"), said.get("exp")
        ours = self.audience in audience if isinstance(audience, list) else audience == self.audience
        if not ours or not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST or not self._lasts(end):
            raise TokenInvalid
        return Reader(subject, _text(said, "tenant_id"), _email(said), _groups(said))

    def _lasts(self, end: object) -> bool:
        if isinstance(end, bool) or not isinstance(end, int | float) or not math.isfinite(end):
            return False
        return end > self.clock.now().timestamp() - LEEWAY_SECONDS

    def token_for(self, reader: Reader, seconds: int) -> str:
        """A token of our own making."""
        now = int(self.clock.now().timestamp())
        said: dict[str, Any] = {"sub": reader.subject, "aud": self.audience, "iat": now, "exp": now + seconds}
        more = {"tenant_id": reader.tenant, "email": reader.email, "groups": sorted(reader.groups) or None}
        said |= {name: value for name, value in more.items() if value}
        return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(self.secret))


def _payload(token: str) -> Mapping[str, Any]:
    said = json.loads(jws.extract_compact(token.encode()).payload)
    return said if isinstance(said, dict) else {}


def _groups(said: Mapping[str, Any]) -> frozenset[str]:
    named = said.get("groups")
    if not isinstance(named, list):
        return frozenset()
    return frozenset(name for name in named[:_MOST_GROUPS] if isinstance(name, str) and 0 < len(name) <= _LONGEST)


def _email(said: Mapping[str, Any]) -> str | None:
    email = _text(said, "email")
    return email.lower() if email and "@" in email else None


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value.strip()[:_LONGEST] if isinstance(value, str) and value.strip() else None
