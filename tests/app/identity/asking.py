"""How the tests of this room ask: one line each, with the answer's code beside its status."""

from __future__ import annotations

from typing import Any

import httpx

from tests.world.people import Organisation
from tests.world.platform import unique


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


DENIED = (403, "AUTHZ_PERMISSION_DENIED")


def data(answer: httpx.Response, status: int = 200) -> Any:
    """What a success carries."""
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def new_user(client: httpx.AsyncClient, *roles: str, **more: Any) -> Any:
    """Add somebody with an address of their own."""
    body = {"email": f"{unique('person')}@example.com", "name": "Person", "roles": list(roles)}
    return data(await client.post("/v1/users", json=body | more), 201)


async def key_for(client: httpx.AsyncClient, user_id: str, **more: Any) -> str:
    """Make a key for somebody."""
    body = {"name": "made", "assigned_user_id": user_id}
    return str(data(await client.post("/v1/api-keys", json=body | more), 201)["key"])


async def permissions_of(acme: Organisation, key: str) -> set[str]:
    """What the owner of a key may do, as they are told."""
    async with acme.running.client(key) as client:
        return set(data(await client.get("/v1/me"))["permissions"])


def same_but_for_the_request(one: httpx.Response, other: httpx.Response) -> bool:
    """Whether two answers are the same byte for byte, request ids aside."""
    first, second = (answer.text.replace(answer.headers["x-request-id"], "") for answer in (one, other))
    return (one.status_code, first) == (other.status_code, second)
