"""The shares that somebody may read in ScaiDrive are listed with their own token, or it is said why not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.db.tenancy import Reach
from app.identity.tables import Tenant
from tests.world.directory import CLIENT
from tests.world.models import code, data
from tests.world.people import Organisation, organisation
from tests.world.platform import ROOT_KEY, Running, fresh, unique
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, scaikey
from tests.world.upstream import Answer, Upstream, upstream

SHARES = "/v1/modules/scaipersona/scaidrive/shares"
HANDBOOK = {"id": "share-1", "name": "Handbook", "description": "How we work."}


@dataclass(slots=True)
class Here:
    """A drive, and somebody with a token of their own who may look at personas."""

    drive: Upstream
    provider: ScaiKey
    running: Running
    acme: Organisation
    eve: httpx.AsyncClient


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[tuple[ScaiKey, Running]]:
    async with scaikey() as provider:
        ours = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE, **ours}
        async with fresh(deeds={}, scaikey=where) as running:
            yield provider, running


@pytest.fixture
async def here(platform: tuple[ScaiKey, Running]) -> AsyncIterator[Here]:
    provider, running = platform
    provider.exchanged.clear()
    provider.exchange_says, provider.away = None, False
    acme, external, sub = await organisation(running), unique("tenant"), unique("eve")
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, acme.id)).external_id = external
    token = provider.token(sub, external, email=f"{sub}@example.com")
    async with upstream() as drive, running.client(token) as eve:
        me = data(await eve.get("/v1/me"))
        wanted = {"permissions": ["scaipersona:view"]}
        data(await acme.client("admin").put(f"/v1/users/{me['id']}/module-permissions", json=wanted))
        await configure(running, drive.url)
        yield Here(drive, provider, running, acme, eve)
    await acme.aclose()


async def configure(running: Running, address: str | None) -> None:
    async with running.client(ROOT_KEY) as root:
        data(await root.put("/v1/modules/scaipersona/config", json={"scaidrive_base_url": address}))


def saying(said: Any, status: int = 200) -> Answer:
    return Answer(status, [json.dumps(said).encode()])


@pytest.mark.parametrize(
    "said",
    [
        {"shares": [HANDBOOK]},
        [HANDBOOK],
        {"status": "ok", "data": [HANDBOOK]},
        {"items": [{"share_id": "share-1", "display_name": "Handbook", "description": "How we work."}, {"name": "?"}]},
    ],
)
async def test_shares_are_listed_with_the_callers_exchanged_token(here: Here, said: Any) -> None:
    here.drive.says_at("/api/v1/shares", saying(said))
    assert data(await here.eve.get(SHARES)) == [HANDBOOK]
    (asked,), (exchange,) = here.drive.asked, here.provider.exchanged
    assert (asked.method, asked.headers["authorization"]) == ("GET", "Bearer drive-token-1")
    assert exchange["subject_token"] == here.eve.headers["authorization"].removeprefix("Bearer ")


async def test_without_an_address_it_is_not_configured_and_an_operator_can_set_it(here: Here) -> None:
    """Seed: 503 SCAIDRIVE_NOT_CONFIGURED: no `scaidrive_base_url` in module config; set it via the modules API."""
    await configure(here.running, None)
    answer = await here.eve.get(SHARES)
    assert code(answer) == (503, "SCAIDRIVE_NOT_CONFIGURED")
    assert "scaidrive_base_url" in answer.json()["error"]["message"]
    await configure(here.running, here.drive.url)
    here.drive.says_at("/api/v1/shares", saying({"shares": []}))
    assert data(await here.eve.get(SHARES)) == []


async def test_a_key_cannot_be_exchanged_and_a_token_can(here: Here) -> None:
    """Seed: 502 SCAIDRIVE_TOKEN_EXCHANGE_FAILED: API keys. Retry with a JWT-authed caller."""
    answer = await here.acme.client("admin").get(SHARES)
    assert code(answer) == (502, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
    assert "API key" in answer.json()["error"]["message"]
    assert here.drive.asked == []
    here.drive.says_at("/api/v1/shares", saying({"shares": [HANDBOOK]}))
    assert data(await here.eve.get(SHARES)) == [HANDBOOK]


@pytest.mark.parametrize("says", [(400, {"error": "invalid_grant"}), (500, {})])
async def test_an_exchange_that_fails_is_said(here: Here, says: tuple[int, dict[str, Any]]) -> None:
    here.provider.exchange_says = says
    assert code(await here.eve.get(SHARES)) == (502, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")


@pytest.mark.parametrize("answer", [saying({}, 500), saying({}, 403), saying(7), saying({"shares": "x"})])
async def test_a_drive_that_gives_no_list_is_said(here: Here, answer: Answer) -> None:
    here.drive.says_at("/api/v1/shares", answer)
    assert code(await here.eve.get(SHARES)) == (502, "SCAIDRIVE_FAILED")


async def test_who_may_not_see_personas_asks_for_no_shares(here: Here) -> None:
    me = data(await here.eve.get("/v1/me"))
    data(await here.acme.client("admin").put(f"/v1/users/{me['id']}/module-permissions", json={"permissions": []}))
    assert code(await here.eve.get(SHARES)) == (403, "AUTHZ_PERMISSION_DENIED")
    assert (here.provider.exchanged, here.drive.asked) == ([], [])
