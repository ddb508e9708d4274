"""Searches on a real Weaviate are those of one who has read all they may, whatever the share, and no more than that."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
import pytest

from acl.facts import Effect, PrincipalType
from indexing.stores.weaviate.address import Address
from rag.retrieval.question import Question, Way
from rag.search import Retrieved
from tests.rag.asking import WAYS, bm25, hits, search
from tests.world.embedder import vector_of
from tests.world.passages import Written, written
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.shelves import group

pytestmark = pytest.mark.services

PASSAGES = 20
SHAPES = ("few allowed", "few denied", "by groups")
QUESTIONS = [f"harbour w{number} w{number * 3} w{number * number}" for number in range(2, 22)]


@asynccontextmanager
async def on(weaviate: Address) -> AsyncIterator[Running]:
    """A platform that keeps its vectors there."""
    url = f"http://{weaviate.host}:{weaviate.port}"
    async with fresh(weaviate_url=url, weaviate_grpc_port=weaviate.grpc_port) as platform:
        yield platform


def texts(documents: int) -> dict[str, list[str]]:
    """Words as frequent as in any language."""
    chance = random.Random(3)
    words = [f"w{number}" for number in range(2_000)]
    weights = [1 / (number + 1) for number in range(2_000)]

    def passage(number: int, place: int) -> str:
        said = chance.choices(words, weights, k=chance.randint(20, 120))
        return " ".join([*said, *(["harbour"] if number % 13 == place else []), f"n{number}p{place}"])

    return {f"d{number}": [passage(number, place) for place in range(PASSAGES)] for number in range(documents)}


@dataclass(slots=True)
class Library:
    """The same texts where everything is inherited, and where nothing is; and who may read how much."""

    acme: Organisation
    open: Written
    closed: Written
    documents: int

    def of(self, shape: str) -> Written:
        return self.closed if shape == "few allowed" else self.open

    def names(self, share: int) -> list[str]:
        """One in so many documents."""
        return [f"d{number}" for number in range(0, self.documents, share)]

    def readable(self, shape: str, share: int) -> dict[str, str]:
        there = self.of(shape)
        inside = [chunk for name in self.names(share) for chunk in there.chunks[there.shelf.documents[name]]]
        return {chunk: there.texts[chunk] for chunk in inside}


@asynccontextmanager
async def library(platform: Running, documents: int, shares: tuple[int, ...]) -> AsyncIterator[Library]:
    acme = await organisation(platform)
    said = texts(documents)
    made = Library(acme, await written(acme, said), await written(acme, said), documents)
    await made.closed.shut(said)
    for share in shares:
        shown = made.names(share)
        hidden = set(said) - set(shown)
        for shape in SHAPES:
            await acme.person(f"{shape} {share}", "tenant_viewer")
        members = await group(acme, f"kept out of {share}", f"by groups {share}")
        allowed, denied = (acme.people[f"{shape} {share}"].id for shape in SHAPES[:2])
        await made.closed.enter(Effect.ALLOW, (PrincipalType.USER, allowed), shown)
        await made.open.enter(Effect.DENY, (PrincipalType.USER, denied), hidden)
        await made.open.enter(Effect.DENY, (PrincipalType.GROUP, members), hidden)
    yield made
    for there in (made.open, made.closed):
        await platform.platform.vectors.drop(there.index)
    await acme.aclose()


def right(question: Question, readable: dict[str, str]) -> dict[str, float]:
    """All that may be read by its score, one after the other; only for ways that are not both."""
    if question.way is Way.KEYWORD:
        return bm25(question.text, readable)
    matrix = np.stack([vector_of(text) for text in readable.values()]).astype(float)
    return dict(zip(readable, np.maximum(matrix @ vector_of(question.text).astype(float), 0), strict=True))


def recall(found: list[tuple[str, float]], scores: dict[str, float], wanted: int = 10) -> float:
    """How many of the best were found; of equals, any is right."""
    best = sorted(scores.values(), reverse=True)[:wanted]
    if not best:
        return 1.0
    return sum(scores.get(id_, -1) >= best[-1] - 1e-6 for id_, _ in found) / len(best)


@pytest.fixture(scope="module")
async def small(weaviate_address: Address) -> AsyncIterator[Library]:
    async with on(weaviate_address) as platform, library(platform, 60, (1, 10, 60)) as made:
        yield made


@pytest.mark.parametrize("way", [Way.VECTOR, Way.KEYWORD])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [1, 10, 60])
async def test_the_answer_is_that_of_one_who_read_all_they_may(
    small: Library, share: int, shape: str, way: Way
) -> None:
    searching, readable = await search(small.acme, f"{shape} {share}"), small.readable(shape, share)
    for text in QUESTIONS[:4]:
        question = Question(text, way)
        found, scores = await searching.run(small.of(shape).id, question), right(question, readable)
        assert recall(hits(found), scores) == 1.0
        assert [score for _, score in hits(found)] == pytest.approx([scores[id_] for id_, _ in hits(found)], abs=1e-6)
        assert found.status is (Retrieved.OK if scores else Retrieved.EMPTY)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_hidden_moves_no_score(weaviate_address: Address, way: Way) -> None:
    """To the last bit, whatever comes, goes or is deleted out of one's sight."""
    async with on(weaviate_address) as platform:
        acme = await organisation(platform)
        reader = await acme.person("reader", "tenant_viewer")
        there = await written(acme, {"one": ["harbour tide", "harbour"], "two": ["harbour salt"], "hidden": ["quay"]})
        await there.enter(Effect.DENY, (PrincipalType.USER, reader.id), ["hidden"])
        searching, question = await search(acme, "reader"), Question("harbour tide salt", way)
        before = hits(await searching.run(there.id, question))
        assert before
        more = {f"more{number}": ["harbour tide " * number, f"salt {number}"] for number in range(1, 40)}
        await there.shelf.hold(*more)
        await there.enter(Effect.DENY, (PrincipalType.USER, reader.id), more)
        await there.write(more)
        assert hits(await searching.run(there.id, question)) == before
        async with acme.client("admin") as client:
            for name in ("hidden", "more7", "more8"):
                path = f"/v1/modules/scaimatrix/collections/{there.id}/documents/{there.shelf.documents[name]}"
                assert (await client.delete(path)).status_code == 200
                assert hits(await searching.run(there.id, question)) == before
        await platform.platform.vectors.drop(there.index)
        await acme.aclose()


@pytest.fixture(scope="module")
async def large(weaviate_address: Address) -> AsyncIterator[Library]:
    async with on(weaviate_address) as platform, library(platform, 1_000, (1, 10, 100, 1_000)) as made:
        yield made


@pytest.fixture
def told(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """Lines for whoever runs this to read."""
    lines: list[str] = []
    yield lines
    with capfd.disabled():
        request.config.get_terminal_writer().write("".join(f"\n{line}" for line in lines))


@pytest.mark.nightly
@pytest.mark.parametrize("shape", SHAPES)
async def test_of_twenty_thousand_chunks_the_ten_best_are_found(large: Library, shape: str, told: list[str]) -> None:
    """With 100 %, 10 %, 1 % and 0.1 % readable."""
    for share in (1, 10, 100, 1_000):
        searching, readable = await search(large.acme, f"{shape} {share}"), large.readable(shape, share)
        for way in WAYS:
            recalls, took = [], []
            for text in QUESTIONS:
                began = time.perf_counter()
                found = await searching.run(large.of(shape).id, Question(text, way))
                took.append(time.perf_counter() - began)
                assert found.status in (Retrieved.OK, Retrieved.EMPTY)
                if way is not Way.HYBRID:
                    recalls.append(recall(hits(found), right(Question(text, way), readable)))
            median = sorted(took)[len(took) // 2] * 1000
            said = f"recall@10 {min(recalls):.2f} to {np.mean(recalls):.3f}" if recalls else ""
            told.append(f"{shape:12} {100 / share:6.1f} % {way:8} {median:7.1f} ms {said}")
            assert np.mean(recalls or [1.0]) >= 0.98
