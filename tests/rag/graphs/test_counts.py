"""A collection tells how large its graph is: to each who looks at it, of what they may read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from indexing.collections.queries import get_for_tenant
from indexing.overview.collections import Overview, SeenCollection
from rag.graphs.counts import GraphCounts
from rag.graphs.looking import Looking
from rag.retrieval.onlooker import Onlooker
from tests.rag.graphs.known import Known, known
from tests.world.patience import eventually
from tests.world.people import Organisation

PATH = "/v1/modules/scaimatrix/collections"


@pytest.fixture
async def there(acme: Organisation) -> Known:
    await acme.person("reader", "tenant_viewer")
    made = await known(acme, {"open": [["ada KNOWS grace"]], "secret": [["ada KNOWS bomb", "bomb PART_OF navy"]]})
    who = (PrincipalType.USER, acme.people["reader"].id)
    await made.written.enter(Effect.DENY, who, ["secret"])
    return made


async def counted(acme: Organisation, there: Known, name: str) -> tuple[int, int]:
    async with acme.client(name) as client:
        shown = (await client.get(f"{PATH}/{there.id}")).json()["data"]
        (listed,) = [one for one in (await client.get(PATH)).json()["data"] if one["id"] == there.id]
    assert (shown["node_count"], shown["edge_count"]) == (listed["node_count"], listed["edge_count"])
    return shown["node_count"], shown["edge_count"]


async def test_counts_are_of_what_their_reader_may_read(acme: Organisation, there: Known) -> None:
    assert await counted(acme, there, "reader") == (2, 1)
    assert await counted(acme, there, "admin") == (4, 3)
    await there.written.write({"open": ["ada and tea"]})
    await there.tell({"open": [["ada LIKES tea", "grace"]]})
    assert await counted(acme, there, "reader") == (3, 1)
    await there.written.enter(Effect.DENY, (PrincipalType.USER, acme.people["reader"].id), ["open"])
    assert await counted(acme, there, "reader") == (0, 0)
    await there.write("tea")
    assert await counted(acme, there, "reader") == (1, 0)


async def test_who_changes_a_collection_is_told_the_same(acme: Organisation, there: Known) -> None:
    async with acme.client("admin") as client:

        async def told() -> bool:  # on a busy machine the first of them do not wait until all is counted
            changed = (await client.patch(f"{PATH}/{there.id}", json={"description": "known"})).json()["data"]
            counts = (changed["node_count"], changed["edge_count"])
            assert counts in {(0, 0), (4, 3)}
            return counts == (4, 3)

        await eventually(told)


class Slow:
    """A store that waits before it counts anything."""

    def __init__(self, store: Any) -> None:
        self._store, self.go, self.asked = store, asyncio.Event(), 0

    async def tally_things(self, *asked: Any) -> AsyncIterator[Any]:
        self.asked += 1
        await self.go.wait()
        async for page in self._store.tally_things(*asked):
            yield page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_nobody_waits_long_and_nothing_is_counted_twice(acme: Organisation, there: Known) -> None:
    platform, slow = acme.running.platform, Slow(there.store)
    caller = (await platform.credentials.admit(acme.people["admin"].key)).caller
    onlooker = Onlooker(platform.chokepoint, platform.transactions, caller, acme.id)
    looking, counts = Looking(platform.access, onlooker, slow), GraphCounts(platform.clock)
    seen = await _seen(acme, there)

    async def asked_in_vain() -> bool:
        (shown,) = await counts.shown(looking, seen, patience=0.1)
        assert (shown.counts.nodes, shown.counts.edges) == (0, 0)
        return slow.asked > 0

    await eventually(asked_in_vain)  # on a busy machine rows alone may take longer than somebody waits
    await asked_in_vain()
    assert slow.asked == 1
    slow.go.set()
    for _ in range(2):
        (shown,) = await counts.shown(looking, seen, patience=30)
        assert (shown.counts.nodes, shown.counts.edges) == (4, 3)
    assert slow.asked == 1
    await counts.aclose()


async def _seen(acme: Organisation, there: Known) -> list[SeenCollection]:
    platform = acme.running.platform
    caller = (await platform.credentials.admit(acme.people["admin"].key)).caller
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        row = await get_for_tenant(transaction.session, there.id)
        assert row is not None
        return [await Overview(platform.access.resolver(transaction.session), caller).one(row)]
