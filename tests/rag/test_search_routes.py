"""Searches over HTTP: their shapes, their refusals, what they say of how they went, and rights taken away meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Hit, Index, Scope
from tests.contract.vectors.wording import HOSTILE
from tests.leakage.surfaces import reading
from tests.world.own_vectors import own_vectors
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.platform import Running

MODULE = "/v1/modules/scaimatrix"
TEXT = (
    "The harbour master writes down the tide. " * 12 + "The embargo ends in May. " + "Bread is baked before dawn. " * 12
)


@pytest.fixture
async def there(acme: Organisation) -> Written:
    await acme.person("peer", "tenant_user")
    return await written(acme, {"tide": [TEXT], "quay": ["The quay is closed."]})


async def ask(client: httpx.AsyncClient, there: Written, query: str = "When does the embargo end?", **said: Any) -> Any:
    return await client.post(f"{MODULE}/collections/{there.id}/search", json={"query": query, **said})


async def test_a_viewer_searches_by_words_and_sees_where_it_stands(acme: Organisation, there: Written) -> None:
    async with acme.client("viewer") as client:
        answer = (await ask(client, there, search_type="keyword", top_k=1)).json()
    (hit,) = answer["data"]["results"]
    assert answer["data"]["total"] == 1
    retrieval = answer["meta"]["retrieval"]
    assert (retrieval["status"], retrieval["search_type"], 0 < retrieval["confidence"] < 1) == ("ok", "keyword", True)
    assert hit["content"] == TEXT
    assert hit["page"] == 1
    assert "embargo" in hit["snippet"]
    assert len(hit["snippet"]) < 400
    assert TEXT[hit["snippet_start"] - hit["start"] : hit["snippet_end"] - hit["start"]] == hit["snippet"]


async def test_a_graph_that_is_not_there_yet_finds_nothing_and_says_so(acme: Organisation, there: Written) -> None:
    async with acme.client("viewer") as client:
        answer = (await ask(client, there, search_type="graph")).json()
    assert answer["data"] == {"results": [], "total": 0}
    said = answer["meta"]["retrieval"]
    assert (said["status"], said["away"], said["search_type"]) == ("degraded", ["graph"], "graph")


async def test_nothing_said_is_nothing_found(acme: Organisation, there: Written) -> None:
    """By words there is no falling back to meaning."""
    async with acme.client("viewer") as client:
        answer = (await ask(client, there, "zeppelin", search_type="keyword")).json()
    assert answer["data"] == {"results": [], "total": 0}
    assert answer["meta"]["retrieval"] == {
        "status": "empty",
        "away": [],
        "search_type": "keyword",
        "confidence": 0,
    }


async def test_several_collections_are_searched_as_one(acme: Organisation, there: Written) -> None:
    other = await written(acme, {"more": ["embargo embargo"]})
    async with acme.client("viewer") as client:
        asked = {"query": "embargo", "search_type": "keyword", "collection_ids": [there.id, other.id, there.id]}
        found = (await client.post(f"{MODULE}/search", json=asked)).json()["data"]["results"]
        assert {hit["collection_id"] for hit in found} == {there.id, other.id}
        assert [hit["score"] for hit in found] == sorted((hit["score"] for hit in found), reverse=True)
        missing = await client.post(f"{MODULE}/search", json=asked | {"collection_ids": [there.id, "col_missing"]})
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "COLLECTION_NOT_FOUND")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({}, b"no json"),
        ({}, b'{"query": "embargo", "top_k": 0}'),
        ({}, b'{"query": "embargo"}'),
        ({}, b" " * 11_000_000),
        ({"content-type": "text/plain"}, b"embargo"),
    ],
    ids=["empty", "no json", "none wanted", "right", "too long", "of another kind"],
)
async def test_no_body_tells_what_is_hidden_from_what_is_missing(
    acme: Organisation, headers: dict[str, str], body: bytes
) -> None:
    hidden = await written(acme, {"quay": ["The quay is closed."]}, default_access=DefaultAccess.RESTRICTED)
    await acme.person("stranger", permissions=["scaimatrix:search"])
    said = {"content-type": "application/json"} | headers
    answers = list[tuple[int, Any, Any]]()
    async with acme.client("stranger") as client:
        for collection_id in (hidden.id, "col_01M84DHXGR9AYMVDQBDDDVPARB"):
            answer = await client.post(f"{MODULE}/collections/{collection_id}/search", content=body, headers=said)
            error = answer.json()["error"]
            answers.append((answer.status_code, error["code"], error["message"]))
    assert answers[0] == answers[1]
    if said["content-type"] == "application/json":
        assert answers[0][:2] == (404, "COLLECTION_NOT_FOUND")


@pytest.mark.parametrize(
    "said",
    [
        {"query": ""},
        {"query": "  "},
        {"query": "x" * 10_001},
        {"top_k": 0},
        {"top_k": 101},
        {"top_k": "10"},
        {"min_score": -0.1},
        {"min_score": 1.1},
        {"min_score": False},
        {"min_score": "0.5"},
        {"search_type": "VECTOR"},
        {"filters": {"owner": "x"}},
        {"filters": {"metadata": {"a": {"b": 1}}}},
        {"filters": {"document_ids": ["x"] * 1001}},
        {"tenant_id": "x"},
    ],
)
async def test_what_makes_no_sense_is_refused(acme: Organisation, there: Written, said: dict[str, Any]) -> None:
    async with acme.client("viewer") as client:
        answer = await ask(client, there, **said)
    assert answer.status_code == 422, answer.text


async def test_searching_needs_its_permission(acme: Organisation, there: Written) -> None:
    async with acme.client("peer") as client:
        answer = await ask(client, there)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTHZ_PERMISSION_DENIED")


async def test_no_question_does_harm(acme: Organisation, there: Written) -> None:
    async with acme.client("viewer") as client:
        for name, query in HOSTILE.items():
            answer = await ask(client, there, query.encode(errors="replace").decode()[:10_000], search_type="keyword")
            assert answer.status_code in {200, 422}, (name, answer.text)
            assert answer.status_code == 200 or not query.strip() or "\0" in query or name == "control", name


@pytest.fixture
async def away(running: Running, tmp_path: Path) -> AsyncIterator[Running]:
    async with own_vectors(tmp_path) as gone:
        gone.go_away()
        async with reading(running, refit=lambda platform: replace(platform, vectors=gone)) as platform:
            yield platform


async def test_a_store_that_is_away_is_said_and_no_failure(acme: Organisation, there: Written, away: Running) -> None:
    async with away.client(acme.people["viewer"].key) as client:
        answer = await ask(client, there, search_type="vector")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"results": [], "total": 0}
    assert answer.json()["meta"]["retrieval"]["status"] == "degraded"


async def test_a_right_taken_on_one_process_is_gone_on_another(
    acme: Organisation, there: Written, running: Running
) -> None:
    tide = there.shelf.documents["tide"]
    async with reading(running) as second, second.client(acme.people["viewer"].key) as client:
        assert len((await ask(client, there, "embargo", search_type="keyword")).json()["data"]["results"]) == 1
        await there.enter(Effect.DENY, (PrincipalType.USER, acme.people["viewer"].id), ["tide"])
        after = await ask(client, there, "embargo", search_type="keyword")
    assert after.json()["data"]["results"] == []
    assert tide not in after.text


class Revoking(EmbeddedVectors):
    """The store of the first process; it takes a right away there while it answers on the second."""

    def __init__(self, folder: Path, there: Written, whose: str) -> None:
        super().__init__(folder)
        self.there, self.whose, self.done = there, whose, False

    async def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        found = await super().matching(index, text, scope)
        if not self.done:
            self.done = True
            await self.there.enter(Effect.DENY, (PrincipalType.USER, self.whose), ["tide"])
        return found


async def test_a_right_taken_in_the_middle_of_a_search_counts(
    acme: Organisation, there: Written, running: Running
) -> None:
    """The place it held goes to the next best, with the score that has without it."""
    async with (
        aclosing(Revoking(running.settings.home / "vectors", there, acme.people["viewer"].id)) as revoking,
        reading(running, refit=lambda platform: replace(platform, vectors=revoking)) as second,
        second.client(acme.people["viewer"].key) as client,
    ):
        found = (await ask(client, there, "embargo quay", search_type="keyword", top_k=2)).json()
        again = (await ask(client, there, "embargo quay", search_type="keyword", top_k=2)).json()
    assert revoking.done
    assert [hit["document_id"] for hit in found["data"]["results"]] == [there.shelf.documents["quay"]]
    assert found["data"] == again["data"]
