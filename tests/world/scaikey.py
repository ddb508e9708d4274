"""An identity provider of the tests' own: discovery, keys, tokens and a directory, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.types import Message, Receive, Scope, Send

from tests.world.directory import CLIENT, Directory
from tests.world.entrance import FOUND, Entrance
from tests.world.platform import in_this_loop

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
ISSUER = "https://id.example"
AUDIENCE = "scaigrid"


@dataclass(slots=True)
class ScaiKey:
    """The provider: its keys, and how it behaves when asked for them."""

    keys: list[RSAKey | ECKey] = field(default_factory=lambda: [rsa("first")])
    url: str = ""
    away: bool = False
    padding: int = 0  # bytes of nonsense beside the keys
    delay: float = 0
    asked: int = 0  # how often for keys
    directory: Directory = field(default_factory=Directory)
    exchanged: list[dict[str, str]] = field(default_factory=list)  # what was asked of the token exchange
    exchange_says: tuple[int, dict[str, Any]] | None = None  # instead of a token
    issuer: str = ISSUER
    entrance: Entrance = field(default_factory=Entrance)
    signs: bool = False  # whether what is given for a token is one as well, for the same person

    def token(self, sub: str, tenant_id: str, /, *, key: RSAKey | ECKey | None = None, **changed: Any) -> str:
        """A token that is good but for what is said; a claim set to None is left out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "sub": sub,
            "tenant_id": tenant_id,
            "iss": self.issuer,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 300,
        }
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        key = key or self.keys[0]
        algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
        return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, body = await self._answer(scope, receive)
        await asyncio.sleep(self.delay)
        headers = [(b"access-control-allow-origin", b"*"), (b"content-type", b"application/json")]
        if status == FOUND:
            headers.append((b"location", body["location"].encode()))
        start: Message = {"type": "http.response.start", "status": 503 if self.away else status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if scope["path"] in {"/token", "/register", "/revoke"}:
            body = (await receive()).get("body", b"")
            taken = {"/register": self.entrance.registered, "/revoke": self.entrance.revoked}
            return taken[scope["path"]](body) if scope["path"] in taken else self._tokens(headers, body)
        if scope["path"] == "/authorize":
            return self.entrance.asked_for(scope["query_string"].decode(), self.issuer)
        if scope["path"].startswith("/api/v1/admin/"):
            return await self.directory.answer(scope["raw_path"].decode(), scope["query_string"].decode(), headers)
        if scope["path"] == "/jwks":
            self.asked += 1
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys], "padding": "x" * self.padding}
        found = {"issuer": self.issuer, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"}
        return 200, {**found, **self.entrance.described(self.url)}

    def _tokens(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if b"token-exchange" in body:
            return self._exchange(body)
        return self.entrance.redeemed(body, self.token) or self.directory.grant(headers, body)

    def _exchange(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Give somebody's token for one of another application, as RFC 8693 has it."""
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.exchanged.append(said)
        if self.exchange_says is not None:
            return self.exchange_says
        kinds = {"grant_type": GRANT, "subject_token_type": ACCESS_TOKEN}
        if any(said.get(name) != value for name, value in kinds.items()) or "audience" not in said:
            return 400, {"error": "invalid_request"}
        if (said.get("client_id"), said.get("client_secret")) != CLIENT:
            return 401, {"error": "invalid_client"}
        given = {"access_token": self._given(said), "token_type": "Bearer", "expires_in": 300}
        return 200, {**given, "issued_token_type": ACCESS_TOKEN}

    def _given(self, said: dict[str, str]) -> str:
        if not self.signs:
            return f"drive-token-{len(self.exchanged)}"
        claims = jwt.decode(said["subject_token"], self.keys[0]).claims
        more = {name: value for name, value in claims.items() if name not in {"sub", "tenant_id"}}
        return self.token(claims["sub"], claims["tenant_id"], **{**more, "aud": said["audience"]})


def rsa(kid: str, bits: int = 2048) -> RSAKey:
    """An RSA key."""
    return RSAKey.generate_key(bits, parameters={"kid": kid, "use": "sig"}, private=True)


def elliptic(kid: str) -> ECKey:
    """A key on P-256."""
    return ECKey.generate_key("P-256", parameters={"kid": kid, "use": "sig"}, private=True)


@asynccontextmanager
async def scaikey(*, by_its_address: bool = False) -> AsyncIterator[ScaiKey]:
    """Run a provider in this event loop until the block ends; its issuer is its address where people sign in there."""
    provider = ScaiKey()
    server = uvicorn.Server(in_this_loop(provider, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the test runner owns the signals
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    if by_its_address:
        provider.issuer = provider.url
    try:
        yield provider
    finally:
        server.should_exit = True
        await task
