"""A route of a module that is switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from app.http import failures
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.identity.permissions import Matrix
from tests.world.passages import written
from tests.world.people import Organisation
from tests.world.platform import Running

router = APIRouter(route_class=GatedRoute)


@router.get("/probe")
@gate(Matrix.MANAGE, module="scaimatrix")
async def probe(visit: VisitDep) -> Success[str]:
    return success(visit.tenant_id)


@pytest.fixture
async def small(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """An application of that one route."""
    app = FastAPI()
    app.state.platform = running.platform
    failures.install(app)
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://small") as client:
        yield client


async def _ask(client: httpx.AsyncClient, key: str, query: str = "") -> tuple[int, str]:
    answer = await client.get(f"/probe{query}", headers={"Authorization": f"Bearer {key}"})
    body = answer.json()
    return answer.status_code, body["error"]["code"] if "error" in body else body["data"]


async def test_a_disabled_module_is_said_before_the_permission_and_for_the_tenant_acted_in(
    small: httpx.AsyncClient, acme: Organisation, root: httpx.AsyncClient
) -> None:
    admin, user = acme.people["admin"].key, acme.people["user"].key
    assert await _ask(small, admin) == (200, acme.id)
    assert await _ask(small, user) == (403, "AUTHZ_PERMISSION_DENIED")
    await acme.client("admin").post("/v1/modules/scaimatrix/disable")
    assert await _ask(small, admin) == (403, "MODULE_NOT_ENABLED")
    assert await _ask(small, user) == (403, "MODULE_NOT_ENABLED")
    over = acme.running.root_key
    assert (await _ask(small, over))[0] == 200
    assert await _ask(small, over, f"?tenant_id={acme.id}") == (403, "MODULE_NOT_ENABLED")
    await acme.client("admin").post("/v1/modules/scaimatrix/enable")
    assert await _ask(small, over, f"?tenant_id={acme.id}") == (200, acme.id)


@pytest.mark.parametrize("path", ["collections/{collection}/search", "search", "search/as"])
async def test_a_tenant_of_no_name_leads_past_no_module(acme: Organisation, path: str) -> None:
    """`?tenant_id=` names a tenant, which is not there; it is not as if nothing had been said."""
    there = await written(acme, {"quay": ["The quay is closed."]})
    asked = {"query": "quay", "search_type": "keyword"} | ({} if "{" in path else {"collection_ids": [there.id]})
    asked |= {"as_user_id": acme.people["user"].id} if path.endswith("as") else {}
    where = f"/v1/modules/scaimatrix/{path.format(collection=there.id)}"
    async with acme.client("admin") as client:
        assert (await client.post(where, json=asked)).status_code == 200
        for switch in ("enable", "disable"):
            await client.post(f"/v1/modules/scaimatrix/{switch}")
            answer = await client.post(where, params={"tenant_id": ""}, json=asked)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "TENANT_NOT_FOUND")
        answer = await client.post(where, json=asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "MODULE_NOT_ENABLED")
        await client.post("/v1/modules/scaimatrix/enable")
