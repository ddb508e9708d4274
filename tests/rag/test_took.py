"""What the time of a search went into is said to who asks for it, and to nobody else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acl.facts import Effect, PrincipalType
from app.identity.caller import Caller
from app.inference.errors import BackendError
from rag.retrieval.question import Question, Way
from rag.retrieval.stages import SearchStage, Stopwatch
from rag.search import Retrieved
from rag.search_as import SearchAs
from tests.rag.asking import KnownVectors, search
from tests.rag.test_search_routes import MODULE
from tests.world.passages import Written, written
from tests.world.people import Organisation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ASKED = Question("harbour tide", Way.HYBRID, why=True)
MEASURED = [stage for stage in SearchStage if stage is not SearchStage.REST]
ALWAYS = {SearchStage.ACCESS, SearchStage.PASSAGES, SearchStage.REST}
OF_WAY = {
    Way.VECTOR: {SearchStage.EMBEDDING, SearchStage.VECTOR},
    Way.KEYWORD: {SearchStage.KEYWORD},
    Way.HYBRID: {SearchStage.EMBEDDING, SearchStage.VECTOR, SearchStage.KEYWORD},
}


@pytest.fixture
async def there(acme: Organisation) -> Written:
    return await written(acme, {"one": ["harbour tide", "harbour of salt"], "two": ["bread"]})


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from(MEASURED)), max_size=12))
def test_the_stages_make_the_total(going_on: list[tuple[int, SearchStage]]) -> None:
    now = [0]
    watch = Stopwatch(lambda: now[0])
    for passed, stage in going_on:
        watch.enter(stage)
        now[0] += passed
    for _, stage in going_on:
        now[0] += 700_000
        watch.leave(stage)
    took = watch.took()
    assert sum(took.stages.values()) == took.total_ms == now[0] // 10**6
    assert min(took.stages.values()) >= 0


def test_of_what_goes_on_at_once_each_has_its_share() -> None:
    now = [0]
    watch = Stopwatch(lambda: now[0])
    for stage in (SearchStage.VECTOR, SearchStage.VECTOR, SearchStage.KEYWORD):
        watch.enter(stage)
        now[0] += 10_000_000
    watch.leave(SearchStage.KEYWORD)
    now[0] += 4_000_000
    took = watch.took()
    assert took.stages == {SearchStage.VECTOR: 29, SearchStage.KEYWORD: 5, SearchStage.REST: 0}


@pytest.mark.parametrize("way", OF_WAY)
async def test_what_a_question_needs_is_timed(acme: Organisation, there: Written, way: Way) -> None:
    searching = await search(acme, "viewer")
    found = await searching.run(there.id, replace(ASKED, way=way, rerank=True))
    assert found.took is not None
    assert set(found.took.stages) == ALWAYS | OF_WAY[way] | {SearchStage.RERANK}
    assert sum(found.took.stages.values()) == found.took.total_ms
    assert (await searching.run(there.id, replace(ASKED, way=way, why=False))).took is None


class Away(KnownVectors):
    """A model that is away for the first so many questions."""

    times = 1

    async def of(self, caller: Caller, model: str, text: str, epochs: Mapping[str, int]) -> NDArray[np.float32]:
        if self.times > 0:
            self.times -= 1
            raise BackendError("It is away.")
        return await super().of(caller, model, text, epochs)


async def away(acme: Organisation) -> Away:
    platform = acme.running.platform
    return Away(platform.gateway, platform.counters, platform.clock)


async def test_what_is_away_is_timed_too(acme: Organisation, there: Written) -> None:
    """Waiting for it may be what took so long."""
    found = await replace(await search(acme, "viewer"), questions=await away(acme)).run(there.id, ASKED)
    assert (found.status, found.took is not None) == (Retrieved.DEGRADED, True)
    assert found.took is not None
    assert set(found.took.stages) == ALWAYS | {SearchStage.EMBEDDING, SearchStage.KEYWORD}


async def test_as_somebody_else_ones_own_search_is_timed(acme: Organisation, there: Written) -> None:
    """The other one's goes without a model here, and one's own does not."""
    platform = acme.running.platform
    await there.enter(Effect.DENY, (PrincipalType.USER, acme.people["viewer"].id), ["one"])
    searching = replace(await search(acme, "admin"), questions=await away(acme))
    other = await platform.credentials.of_user(acme.people["viewer"].id)
    shown = await SearchAs(searching, other).run(there.id, ASKED)
    assert (shown.found.way, len(shown.withheld)) == (Way.KEYWORD, 1)
    assert shown.found.took is not None
    assert SearchStage.VECTOR in shown.found.took.stages


async def test_over_http_it_is_there_for_who_asks_why(acme: Organisation, there: Written) -> None:
    client = acme.client("admin")
    one, several = f"{MODULE}/collections/{there.id}/search", f"{MODULE}/search"
    other = {"as_user_id": acme.people["viewer"].id}
    for path, more in ((one, {}), (several, {"collection_ids": [there.id]}), (f"{one}/as", other)):
        said = {"query": "harbour", "search_type": "keyword", **more}
        plain = (await client.post(path, json=said)).json()["meta"]["retrieval"]
        assert set(plain) == {"status", "away", "search_type", "confidence"}
        began = time.perf_counter()
        took = (await client.post(path, json={**said, "why": True})).json()["meta"]["retrieval"]["took"]
        waited = (time.perf_counter() - began) * 1000
        assert [one["stage"] for one in took["stages"]] == ["access", "keyword", "passages", "rest"]
        assert 0 <= sum(one["ms"] for one in took["stages"]) == took["total_ms"] <= waited
