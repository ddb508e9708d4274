"""What a score is made of, said to who asks for it and to nobody else."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from rag.retrieval.question import Question, Way
from rag.retrieval.weighing import MEANING, WORDS
from rag.retrieval.why import Why
from tests.rag.asking import WAYS, hits, search
from tests.rag.test_search_routes import MODULE
from tests.world.passages import Written, written
from tests.world.people import Organisation

ASKED = Question("harbour tide", why=True)


@pytest.fixture
async def there(acme: Organisation) -> Written:
    return await written(acme, {"one": ["harbour tide", "harbour of salt"], "two": ["bread"]})


@pytest.mark.parametrize("way", WAYS)
async def test_the_parts_make_the_score(acme: Organisation, there: Written, way: Way) -> None:
    searching, asked = await search(acme, "viewer"), replace(ASKED, way=way)
    found = await searching.run(there.id, asked)
    assert found.passages
    for passage in (seen.value for seen in found.passages):
        why = passage.why or Why()
        assert (why.vector is None, why.keyword is None) == (way is Way.KEYWORD, way is Way.VECTOR)
        assert (why.graph, why.rerank) == (None, None)
        parts = {Way.VECTOR: why.vector, Way.KEYWORD: why.keyword}
        both = MEANING * (why.vector or 0) + WORDS * (why.keyword or 0)
        assert passage.score == (both if way is Way.HYBRID else parts[way])
    plain = await searching.run(there.id, replace(asked, why=False))
    assert hits(plain) == hits(found)
    assert {seen.value.why for seen in plain.passages} == {None}


async def test_a_second_look_is_a_part_of_its_own(acme: Organisation, there: Written) -> None:
    asked = replace(ASKED, way=Way.KEYWORD, rerank=True)
    found = await (await search(acme, "viewer")).run(there.id, asked)
    for passage in (seen.value for seen in found.passages):
        assert passage.why is not None
        assert passage.why.rerank == passage.score
        assert passage.why.keyword is not None


async def said(client: httpx.AsyncClient, there: Written, **more: object) -> httpx.Response:
    body = {"query": "harbour tide", "search_type": "keyword", **more}
    return await client.post(f"{MODULE}/collections/{there.id}/search", json=body)


async def test_who_does_not_ask_is_answered_as_ever(acme: Organisation, there: Written) -> None:
    client = acme.client("viewer")
    unasked, asked = await said(client, there), await said(client, there, why=True)
    plain, results = unasked.json()["data"]["results"], asked.json()["data"]["results"]
    assert {hit.pop("why") for hit in plain} == {None}
    assert [hit.pop("why") for hit in results] == [
        {"vector": None, "keyword": hit["score"], "graph": None, "rerank": None} for hit in results
    ]
    assert results == plain
