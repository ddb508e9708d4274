"""A platform that also has the tests' own resource."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from app.http.routes import ALL
from tests.app.http.trials import entered, finish, leave, router
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh

MOST = 50_000  # bytes of a JSON body; an upload may have four times as many


@pytest.fixture(scope="session")
async def trying() -> AsyncIterator[Running]:
    """A platform with trials and small limits."""
    async with fresh(routers=(*ALL, router), max_json_bytes=MOST, max_upload_bytes=4 * MOST) as platform:
        yield platform


@pytest.fixture
async def triers(trying: Running) -> AsyncIterator[Organisation]:
    """A tenant of this test on it."""
    made = await organisation(trying)
    yield made
    await made.aclose()


@pytest.fixture
async def trier(triers: Organisation) -> httpx.AsyncClient:
    """Somebody of that tenant."""
    return triers.client("user")


@pytest.fixture(autouse=True)
def _fresh_events() -> None:
    entered.clear()
    leave.clear()
    finish.clear()
