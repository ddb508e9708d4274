"""The small world every test lives in."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import httpx
import hypothesis
import pytest

from app.telemetry.logging import configure_logging
from tests.world.databases import every_case, server_given
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh

# The same examples in every run: a run that fails says something of the change at hand. `make nightly` looks for more.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("steady")


def pytest_configure() -> None:
    """Log as the platform does, so that a fault costs a test no more than it costs a server."""
    configure_logging("info", "json")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the nightly proofs unless asked for; on another database what is about SQLite alone, and most cases."""
    if "nightly" not in config.getoption("markexpr"):
        nightly = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=nightly)
        items[:] = [item for item in items if item not in nightly]
    if server_given():
        only_sqlite = pytest.mark.skip(reason="is about SQLite alone")
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(only_sqlite)
        if not every_case():
            items[:] = _first_and_last_cases(items)


def _first_and_last_cases(items: list[pytest.Item]) -> list[pytest.Item]:
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    ends = {end for some in cases.values() for end in (some[0], some[-1])}
    return [item for item in items if item in ends]


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[Running]:
    """One platform for the whole run; tests keep apart by having tenants of their own."""
    async with fresh() as platform:
        yield platform


@pytest.fixture
async def acme(running: Running) -> AsyncIterator[Organisation]:
    """A tenant of this test alone."""
    made = await organisation(running)
    yield made
    await made.aclose()


@pytest.fixture
async def root(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """The super-admin."""
    async with running.client(running.root_key) as client:
        yield client


def pytest_collection_finish() -> None:
    """What was collected stays for the whole run: looking through it again and again is a tenth of a worker's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
