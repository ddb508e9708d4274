"""Where people sign in at the tests' own identity provider: codes with PKCE (OAuth 2.1), tokens, renewals."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

FOUND = 302
CONSOLE = "console"  # a client without a secret that everybody knows of
Answer = tuple[int, dict[str, Any]]


@dataclass(slots=True)
class Entrance:
    """Whoever sits at the browser is `person`, and is let in at once unless `refuses` says why not."""

    person: dict[str, Any] = field(default_factory=dict)
    refuses: tuple[str, str] | None = None  # code and sentence
    lasts: int = 300  # seconds that a token is good
    changes: dict[str, Any] = field(default_factory=dict)  # claims that are another than was asked for
    says: dict[str, str] = field(default_factory=dict)  # what is said back otherwise than it should be
    asked: list[dict[str, str]] = field(default_factory=list)
    renewals: int = 0
    redemptions: int = 0
    _clients: set[str] = field(default_factory=lambda: {CONSOLE})
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _renewable: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def renewable(self) -> int:
        """How many could still be renewed."""
        return len(self._renewable)

    def described(self, url: str) -> dict[str, Any]:
        """What clients need to know."""
        return {
            "authorization_endpoint": f"{url}/authorize",
            "revocation_endpoint": f"{url}/revoke",
            "registration_endpoint": f"{url}/register",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
        }

    def registered(self, body: bytes) -> Answer:
        """Take a stranger's client, which gets no secret."""
        client_id = f"client-{secrets.token_hex(8)}"
        self._clients.add(client_id)
        return 201, {**json.loads(body), "client_id": client_id, "token_endpoint_auth_method": "none"}

    def asked_for(self, query: str, issuer: str) -> Answer:
        """Send the browser back with a code, or with why there is none."""
        said = dict(parse_qsl(query))
        self.asked.append(said)
        good = said.get("response_type") == "code" and said.get("code_challenge_method") == "S256"
        if not good or said.get("client_id") not in self._clients:
            return 400, {"error": "invalid_request"}
        back = {"state": said.get("state", ""), "iss": issuer}
        if self.refuses:
            back["error"], back["error_description"] = self.refuses
        else:
            back["code"] = secrets.token_urlsafe(24)
            self._codes[back["code"]] = said
        return FOUND, {"location": f"{said['redirect_uri']}?{urlencode(back | self.says)}"}

    def revoked(self, body: bytes) -> Answer:
        """End what would renew a token (RFC 7009)."""
        self._renewable.pop(dict(parse_qsl(body.decode())).get("token", ""), None)
        return 200, {}

    def redeemed(self, body: bytes, token: Callable[..., str]) -> Answer | None:
        """Give tokens for a code, used once, or for what renews them; nothing where neither was brought."""
        said = dict(parse_qsl(body.decode()))
        kind = said.get("grant_type")
        if kind not in {"authorization_code", "refresh_token"}:
            return None
        if kind == "refresh_token":
            self.renewals += 1
            asked = self._renewable.pop(said.get("refresh_token", ""), None)
        else:
            self.redemptions += 1
            asked = self._codes.pop(said.get("code", ""), None)
            if asked is not None and not _proves(said, asked):
                asked = None
        if asked is None or asked["client_id"] != said.get("client_id"):
            return 400, {"error": "invalid_grant"}
        renewing = secrets.token_urlsafe(24)
        self._renewable[renewing] = asked
        given = {"access_token": self._token(asked, token), "token_type": "Bearer", "expires_in": self.lasts}
        return 200, {**given, "refresh_token": renewing}

    def _token(self, asked: dict[str, str], token: Callable[..., str]) -> str:
        person = dict(self.person)
        claims = {"exp": int(time.time()) + self.lasts, "scope": asked.get("scope"), **person}
        if "resource" in asked:
            claims["aud"] = asked["resource"]  # and nothing else, as RFC 8707 would have it
        claims |= self.changes
        return token(claims.pop("sub"), claims.pop("tenant_id"), **claims)


def _proves(said: dict[str, str], asked: dict[str, str]) -> bool:
    """Whether a code is brought by who asked for it, back from where it was sent, for what was asked."""
    digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    same = all(said.get(name) == asked.get(name) for name in ("redirect_uri", "resource"))
    return same and challenge == asked["code_challenge"]
