"""The directory of the tests' own identity provider: its admin API, and how it can go wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

CLIENT = ("scaigrid", "client-secret-1")
WEBHOOK_SECRET = "webhook-secret-1"
Answer = tuple[int, dict[str, Any]]
Twist = Callable[[str, int, Answer], Answer]  # path, page and the good answer → what is said instead


@dataclass(slots=True)
class Directory:
    """Groups of tenants by external ids: names, and members as (type, id)."""

    tenants: dict[str, dict[str, str]] = field(default_factory=dict)
    members: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    per_page: int = 100  # at most, whatever is asked for
    expires_in: int = 300
    form: bool = True  # whether the secret may come in the form
    twist: Twist | None = None
    before: Callable[[str, int], Awaitable[None]] | None = None  # waited for once the answer is made up
    asked: Counter[str] = field(default_factory=Counter)
    good: set[str] = field(default_factory=set)  # tokens

    def group(self, tenant: str, group: str, *members: tuple[str, str], name: str = "") -> None:
        """Make a group, or change its name and members."""
        self.tenants.setdefault(tenant, {})[group] = name or group.title()
        self.members[group] = list(members)

    def remove(self, tenant: str, group: str) -> None:
        """Delete a group."""
        del self.tenants[tenant][group], self.members[group]

    def grant(self, headers: dict[str, str], body: bytes) -> Answer:
        """Give a token for client credentials."""
        self.asked["token"] += 1
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        offered = (said.get("client_id"), said.get("client_secret"))
        basic = headers.get("authorization", "").startswith("Basic ")
        if said.get("grant_type") != "client_credentials" or not (basic or (self.form and offered == CLIENT)):
            return 401, {"error": "invalid_client"}
        token = f"admin-token-{self.asked['token']}"
        self.good.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}

    async def answer(self, path: str, query: str, headers: dict[str, str]) -> Answer:
        """Answer one question of the admin API."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        page, per_page = int(asked.get("page", 1)), min(int(asked.get("per_page", 20)), self.per_page)
        self.asked["groups" if path.endswith("/groups") else "members"] += 1
        made = self._made(path, asked, headers, (page, per_page))
        if self.before is not None:
            await self.before(path, page)
        return self.twist(path, page, made) if self.twist is not None else made

    def _made(self, path: str, asked: dict[str, str], headers: dict[str, str], place: tuple[int, int]) -> Answer:
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return 401, {"error": "invalid_token"}
        if path.endswith("/groups"):
            groups = self.tenants.get(asked["tenant_id"])
            if groups is None:
                return 404, {"error": "unknown_tenant"}
            return 200, _page([{"id": group, "name": name} for group, name in groups.items()], *place)
        members = self.members.get(unquote(path.split("/")[-2]))
        if members is None:
            return 404, {"error": "unknown_group"}
        whole = [{"type": kind, "id": member} for kind, member in members]
        return 200, {"items": whole} if len(whole) <= self.per_page else _page(whole, *place)


def _page(items: list[dict[str, str]], page: int, per_page: int) -> dict[str, Any]:
    some = items[(page - 1) * per_page : page * per_page]
    return {"items": some, "page": page, "per_page": per_page, "total": len(items)}


def event(name: str, tenant: str | None = None, **changed: Any) -> bytes:
    """The body of an event."""
    said = {"id": name, "type": "group.changed", "tenant_id": tenant} | changed
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode()


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None, more: str = "") -> dict[str, str]:
    """The headers of an event that is sent now, or was at another time."""
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-ScaiKey-Signature": f"t={moment}{more},v1={mac}", "Content-Type": "application/json"}


class Held:
    """Keeps the first answer of one path waiting until told, or every one; others pass."""

    def __init__(self, ending: str, *, every: bool = False) -> None:
        self.ending = ending
        self.every = every
        self.arrived = asyncio.Event()
        self.free = asyncio.Event()
        self._first = True

    async def __call__(self, path: str, page: int) -> None:
        """Hold an answer."""
        if (self._first or self.every) and path.endswith(self.ending):
            self._first = False
            self.arrived.set()
            await self.free.wait()
