"""What tests of walks begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.indexing.crawls.walks.walking import Site, Web, somewhere, web_of
from tests.indexing.documents.filing import filed
from tests.world.people import organisation
from tests.world.platform import Running


@pytest.fixture(scope="package")
async def place() -> AsyncIterator[tuple[Site, Running]]:
    async with somewhere() as made:
        yield made


@pytest.fixture
async def web(place: tuple[Site, Running]) -> AsyncIterator[Web]:
    site, running = place
    acme = await organisation(running)
    plans, _ = await filed(acme)
    yield web_of(site, running, acme, plans["id"])
    await acme.aclose()
