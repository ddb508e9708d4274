"""Ground floor, identity: whether a token is the identity provider's word, for us, now; and whom it speaks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError

from app.clock import Clock
from app.identity.errors import InsufficientScope, TokenInvalid
from app.identity.provider_keys import VerifyingKey

LEEWAY_SECONDS = 30
MOST_CHARACTERS = 16_384
ALGORITHMS = frozenset({"RS256", "ES256"})
_LONGEST_ID = 190
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a token speaks for: ids of the provider, and what it says of the person."""

    subject: str
    tenant: str
    email: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place that tokens may be made for alone, and the scope they need there; an empty one is none."""

    audience: str = ""
    scope: str = ""


ANYWHERE = Place()


class KeyRing(Protocol):
    """Where the provider's keys are."""

    async def find(self, kid: str | None) -> VerifyingKey | None:
        """Return the key of that id, or None if the provider has no such key."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Checks tokens: signature, algorithm, issuer, audience and time, all of them, every time."""

    keys: KeyRing
    issuer: str
    audience: str
    clock: Clock

    async def claims_of(self, token: str, place: Place = ANYWHERE) -> Claims:
        """Return whom a token that is good at a place speaks for, or refuse."""
        if len(token) > MOST_CHARACTERS or token.count(".") != 2:
            raise TokenInvalid
        header = _header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        # What the header says is not to be trusted; it only chooses among keys that bring their own algorithm.
        if algorithm not in ALGORITHMS or not isinstance(kid, str | None):
            raise TokenInvalid
        key = await self.keys.find(kid)
        if key is None or key.algorithm != algorithm:
            raise TokenInvalid
        said = _verified(token, key)
        self._require_for_us_now(said, place)
        claims = _claims(said)
        if place.scope and place.scope not in str(said.get("scope", "")).split(" "):
            raise InsufficientScope(f"This token's scopes leave out {place.scope}.")
        return claims

    def _require_for_us_now(self, said: Mapping[str, Any], place: Place) -> None:
        audience = said.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        ours = self.audience in named or (place.audience != "" and place.audience in named)
        now = self.clock.now().timestamp()
        begun = max(_moment(said, "nbf", now), _moment(said, "iat", now))
        if said.get("iss") != self.issuer or not ours:
            raise TokenInvalid
        if _moment(said, "exp", None) <= now - LEEWAY_SECONDS or begun > now + LEEWAY_SECONDS:
            raise TokenInvalid


def _header(token: str) -> Mapping[str, Any]:
    try:
        header: Any = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenInvalid from None
    if not isinstance(header, dict):
        raise TokenInvalid
    return header


def _verified(token: str, key: VerifyingKey) -> Mapping[str, Any]:
    try:
        return jwt.decode(token, key.key, algorithms=[key.algorithm]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenInvalid from None


def _moment(said: Mapping[str, Any], name: str, otherwise: float | None) -> float:
    value = said.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenInvalid
    return float(value)


def _claims(said: Mapping[str, Any]) -> Claims:
    subject, tenant = said.get("sub"), said.get("tenant_id")
    if not _is_id(subject) or not _is_id(tenant):
        raise TokenInvalid
    email, name = said.get("email"), said.get("name")
    email = email.strip().lower() if isinstance(email, str) else ""
    name = name.strip()[:_LONGEST_NAME] if isinstance(name, str) else ""
    return Claims(
        subject=str(subject),
        tenant=str(tenant),
        email=email if "@" in email and len(email) <= _LONGEST_ID else None,
        name=name or None,
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID
