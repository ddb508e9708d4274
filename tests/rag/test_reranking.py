"""Another order: what is built in, what a model judges, and what is said when that model is away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from app.inference.errors import BackendError
from indexing.collections.tables import Collection
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question, Way
from rag.retrieval.reranking import Asked
from rag.search import Away, Retrieved
from tests.rag.asking import hits, search
from tests.world.passages import Written, written
from tests.world.people import Organisation

TEXTS = {
    "scattered": ["harbour harbour harbour and, much later, a closing"],
    "together": ["They speak of the harbour closing on Sundays, and of bread"],
    "one": ["harbour"],
}


@pytest.fixture
async def there(acme: Organisation) -> Written:
    return await written(acme, TEXTS)


async def test_what_says_the_words_together_comes_first(acme: Organisation, there: Written) -> None:
    asked = Question("When is the harbour closing?", Way.KEYWORD, rerank=True)
    found = await (await search(acme, "viewer")).run(there.id, asked)
    assert [seen.value.content for seen in found.passages] == [
        TEXTS[name][0] for name in ("together", "scattered", "one")
    ]
    scores = [score for _, score in hits(found)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    best = await (await search(acme, "viewer")).run(there.id, replace(asked, min_score=scores[0], top_k=1))
    assert hits(best) == hits(found)[:1]


async def test_another_order_is_found_below_the_page(acme: Organisation) -> None:
    """And across collections."""
    plain = await written(acme, {f"d{number}": ["harbour harbour"] for number in range(12)})
    other = await written(acme, {"far": ["It is said that the harbour closing comes " + "and other words " * 20]})
    asked = Question("harbour closing", Way.KEYWORD, top_k=1, rerank=True)
    found = await (await search(acme, "viewer")).run_many([plain.id, other.id], asked)
    assert [seen.value.collection_id for seen in found.passages] == [other.id]


class Judge:
    """Judges as told, and remembers what it was shown."""

    def __init__(self, *scores: float) -> None:
        self.scores, self.shown = scores, list[str]()

    async def weigh(self, asked: Asked, passages: Sequence[Passage]) -> Sequence[float]:
        self.shown += [one.content for one in passages]
        if not self.scores:
            raise BackendError("It is away.")
        return self.scores[: len(passages)]


async def test_a_judge_that_is_away_is_said(acme: Organisation, there: Written) -> None:
    asked = Question("harbour closing", Way.KEYWORD, rerank=True)
    searching = replace(await search(acme, "viewer"), reranker=Judge())
    found = await searching.run(there.id, asked)
    assert (found.status, found.away) == (Retrieved.DEGRADED, frozenset({Away.RERANK}))
    assert hits(found) == hits(await (await search(acme, "viewer")).run(there.id, asked))


async def test_a_judge_is_shown_nothing_hidden(acme: Organisation, there: Written) -> None:
    await there.enter(Effect.DENY, (PrincipalType.USER, acme.people["viewer"].id), ["together"])
    judge = Judge(0.1, 0.9)
    found = await replace(await search(acme, "viewer"), reranker=judge).run(
        there.id, Question("harbour closing", Way.KEYWORD, rerank=True)
    )
    assert sorted(judge.shown) == sorted([TEXTS["scattered"][0], TEXTS["one"][0]])
    assert [score for _, score in hits(found)] == [0.9, 0.1]


async def test_what_goes_while_it_is_judged_is_not_shown(acme: Organisation, there: Written) -> None:
    class Revoking(Judge):
        async def weigh(self, asked: Asked, passages: Sequence[Passage]) -> Sequence[float]:
            await there.enter(Effect.DENY, (PrincipalType.USER, acme.people["viewer"].id), ["together"])
            return await super().weigh(asked, passages)

    searching = replace(await search(acme, "viewer"), reranker=Revoking(0.9, 0.8, 0.7))
    found = await searching.run(there.id, Question("harbour closing", Way.KEYWORD, rerank=True))
    assert len(found.passages) == 2
    assert found.status is Retrieved.PARTIAL
    assert "together" not in json.dumps([seen.value.content for seen in found.passages])


async def test_a_graph_that_is_not_there_is_said_of_collections_that_should_have_one(
    acme: Organisation, there: Written
) -> None:
    plain = Question("harbour closing", Way.HYBRID)
    searching = await search(acme, "viewer")
    assert (await searching.run(there.id, replace(plain, graph=True))).status is Retrieved.OK
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        (await transaction.session.get_one(Collection, there.id)).graph_enabled = True
    found = await searching.run(there.id, replace(plain, graph=True))
    assert (found.status, found.away) == (Retrieved.DEGRADED, frozenset({Away.GRAPH}))
    assert hits(found) == hits(await searching.run(there.id, plain))
