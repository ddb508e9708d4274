"""What happens when two do the same thing at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx

from tests.app.identity.asking import data
from tests.world.people import Organisation
from tests.world.platform import unique


async def together(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Counter[int]:
    answers = await asyncio.gather(*(client.post(path, json=body) for _ in range(8)))
    return Counter(answer.status_code for answer in answers)


async def test_an_address_is_taken_once(acme: Organisation) -> None:
    body = {"email": "once@example.com", "name": "Once", "roles": []}
    assert await together(acme.client("admin"), "/v1/users", body) == {201: 1, 409: 7}


async def test_a_slug_is_taken_once(acme: Organisation, root: httpx.AsyncClient) -> None:
    body = {"slug": unique("t"), "display_name": "T", "partner_id": acme.partner_id}
    assert await together(root, "/v1/tenants", body) == {201: 1, 409: 7}


async def test_a_role_is_named_once(acme: Organisation) -> None:
    body = {"name": "role", "permissions": []}
    assert await together(acme.client("admin"), "/v1/iam/custom-roles", body) == {201: 1, 409: 7}


async def test_a_member_joins_once(acme: Organisation) -> None:
    admin = acme.client("admin")
    group = data(await admin.post("/v1/groups", json={"name": "G"}), 201)
    body = {"type": "user", "id": acme.people["user"].id}
    assert await together(admin, f"/v1/groups/{group['id']}/members", body) == {201: 1, 200: 7}


async def test_only_one_of_two_changes_to_the_same_version_is_made(acme: Organisation) -> None:
    admin, path = acme.client("admin"), f"/v1/users/{acme.people['user'].id}"
    tag = (await admin.get(path)).headers["etag"]
    changes = [admin.patch(path, json={"name": f"Name {n}"}, headers={"If-Match": tag}) for n in range(6)]
    answers = Counter(answer.status_code for answer in await asyncio.gather(*changes))
    assert answers == {200: 1, 412: 5}
