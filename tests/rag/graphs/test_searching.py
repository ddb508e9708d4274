"""Passages found by what a graph knows of the things a question names."""

from __future__ import annotations

from pathlib import Path

import pytest

from acl.facts import Effect, PrincipalType
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import MOST_EVIDENCE
from rag.retrieval.question import Question, Way
from rag.search import Away, CollectionSearch, Found, Retrieved
from tests.rag.asking import hits
from tests.rag.graphs.known import Known, known, searcher
from tests.world.passages import written
from tests.world.people import Organisation

FACTS = {
    "both": [["ada KNOWS grace"]],
    "one": [["ada"], ["tea"]],
    "beside": [["grace PART_OF navy", "navy"], ["navy"]],
}
COMBINED = Question("harbour of ada", Way.HYBRID, graph=True)


@pytest.fixture
async def there(acme: Organisation) -> Known:
    await acme.person("reader", "tenant_viewer")
    return await known(acme, FACTS)


def said(found: Found) -> list[tuple[str, float]]:
    return [(seen.value.content, seen.value.score) for seen in found.passages]


async def test_passages_are_found_by_what_they_speak_of(acme: Organisation, there: Known) -> None:
    searching = await searcher(acme, "reader")
    found = await searching.run(there.id, Question("What of Ada?", Way.GRAPH))
    assert sorted(said(found)) == [("ada", 1.0), ("ada KNOWS grace", 1.0), ("grace PART_OF navy navy", 0.5)]
    assert (found.status, found.way, found.away) == (Retrieved.OK, Way.GRAPH, frozenset())
    assert 0 < found.confidence < 1
    two = await searching.run(there.id, Question("Do Ada and Grace know each other?", Way.GRAPH, top_k=2))
    assert said(two)[0] == ("ada KNOWS grace", 1.0)
    assert said(two)[1][1] == 0.75  # of one, and beside the other
    least = await searching.run(there.id, Question("What of Ada?", Way.GRAPH, min_score=0.6))
    assert len(least.passages) == 2
    nothing = await searching.run(there.id, Question("Who is nobody?", Way.GRAPH))
    assert (nothing.passages, nothing.status, nothing.confidence) == ([], Retrieved.EMPTY, 0.0)


async def test_all_that_speak_of_something_are_found_however_many_they_are(acme: Organisation) -> None:
    many = 2 * MOST_EVIDENCE
    there = await known(acme, {"many": [["ada"]] * many, "most": [["ada", "grace"]]})
    searching = await searcher(acme, "admin")
    found = await searching.run(there.id, Question("Ada and Grace", Way.GRAPH, top_k=many))
    assert said(found) == [("ada grace", 1.0), *[("ada", 0.5)] * (many - 1)]


async def test_combined_is_all_of_meaning_words_and_graph(acme: Organisation, there: Known) -> None:
    searching = await searcher(acme, "reader")
    plain = dict(said(await searching.run(there.id, Question("harbour of ada", Way.HYBRID))))
    combined = await searching.run(there.id, COMBINED)
    graph = {"ada": 1.0, "ada KNOWS grace": 1.0, "grace PART_OF navy navy": 0.5}
    assert (combined.status, combined.way) == (Retrieved.OK, Way.HYBRID)
    assert dict(said(combined)) == pytest.approx(
        {text: 0.75 * score + 0.25 * graph.get(text, 0.0) for text, score in plain.items()}
    )
    nothing = Question("harbour of nobody", Way.HYBRID, graph=True)
    without = await searching.run(there.id, Question(nothing.text, Way.HYBRID))
    assert said(await searching.run(there.id, nothing)) == said(without)


@pytest.mark.parametrize("question", [COMBINED, Question("Who is Ada?", Way.GRAPH)])
async def test_what_is_hidden_moves_no_score(acme: Organisation, there: Known, question: Question) -> None:
    """To the last bit, whatever hidden documents say of the same things."""
    searching = await searcher(acme, "reader")
    before = hits(await searching.run(there.id, question))
    assert before
    await there.written.shelf.hold("hidden")
    who = (PrincipalType.USER, acme.people["reader"].id)
    await there.written.enter(Effect.DENY, who, ["hidden"])
    facts = {"hidden": [["ada KNOWS tea", "ada PART_OF navy"], ["harbour OF ada", "who KNOWS ada"]]}
    await there.written.write({"hidden": [" ".join(passage) for passage in facts["hidden"]]})
    await there.tell(facts)
    assert hits(await searching.run(there.id, question)) == before
    assert hits(await (await searcher(acme, "admin")).run(there.id, question)) != before


async def test_only_chosen_documents_speak(acme: Organisation, there: Known) -> None:
    chosen = frozenset({there.document("beside"), there.document("one")})
    question = Question("What of Ada?", Way.GRAPH, document_ids=chosen)
    assert said(await (await searcher(acme, "reader")).run(there.id, question)) == [("ada", 1.0)]


async def away_from(acme: Organisation, folder: Path) -> CollectionSearch:
    (folder / "file").write_text("where its folder should be")
    return await searcher(acme, "reader", EmbeddedGraphs(folder / "file"))


async def test_without_its_graph_a_search_says_so(acme: Organisation, there: Known, tmp_path: Path) -> None:
    searching = await away_from(acme, tmp_path)
    alone = await searching.run(there.id, Question("What of Ada?", Way.GRAPH))
    assert not alone.passages
    assert (alone.status, alone.away) == (Retrieved.DEGRADED, frozenset({Away.GRAPH}))
    combined = await searching.run(there.id, COMBINED)
    plain = await searching.run(there.id, Question(COMBINED.text, Way.HYBRID))
    assert (combined.status, combined.away) == (Retrieved.DEGRADED, frozenset({Away.GRAPH}))
    assert said(combined) == said(plain)


async def test_a_collection_without_a_graph_has_nothing_to_say_by_it(acme: Organisation) -> None:
    plain = await written(acme, {"one": ["ada"]})
    searching = await searcher(acme, "admin")
    found = await searching.run(plain.id, Question("ada", Way.GRAPH))
    assert not found.passages
    assert (found.status, found.away) == (Retrieved.DEGRADED, frozenset({Away.GRAPH}))
    combined = await searching.run(plain.id, Question("ada", Way.HYBRID, graph=True))
    assert combined.status is Retrieved.OK
