"""What models write is read whatever stands around it; what is no graph fails."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.graph_stores.types import KG_NODES_KEY, KG_RELATIONS_KEY
from llama_index.core.schema import TextNode

from indexing.graphs.answers import MOST_EDGES, MOST_NODES, Unreadable, facts_in
from indexing.graphs.extractor import BlockingCallRefused, FactExtractor
from indexing.graphs.facts import Facts
from indexing.stores.graphs import Assertion, Mention, Tie

GRAPH = {
    "nodes": [{"name": "The Acme Corp.", "label": "Company", "properties": {"founded": 1999, "description": "Makes."}}],
    "edges": [{"source": "Ada", "target": "Acme Corp", "type": "works for"}],
}
FACTS = Facts(
    [
        Mention("acme corp", "The Acme Corp.", ("Company",), {"founded": 1999, "description": "Makes."}),
        Mention("ada", "Ada"),
    ],
    [Assertion(Tie("ada", "WORKS_FOR", "acme corp"))],
)


@pytest.mark.parametrize(
    "around", ["%s", "```json\n%s\n```", "Here {it} is: %s I hope {that} helps!", '{"thought": 1}\n%s', "```\n%s"]
)
def test_fences_and_prose_around_an_answer_are_tolerated(around: str) -> None:
    assert facts_in(around % json.dumps(GRAPH, indent=1)) == FACTS


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot.", "{", "[1, 2]", '{"nodes": 3}', '{"nodes": ["Ada"]}', '{"nodes": [{"label": "x"}]}',
     '{"nodes": [{"name": " ! "}]}', '{"edges": [{"source": "Ada"}]}', json.dumps(GRAPH)[:-5],
     "[" * 50_000, "{" * 50_000],
)  # fmt: skip
def test_anything_else_fails(answer: str) -> None:
    with pytest.raises(Unreadable):
        facts_in(answer)


def test_nothing_is_an_answer_too() -> None:
    assert facts_in('{"nodes": [], "edges": []}') == Facts([], [])


def test_what_is_named_twice_is_one_thing_with_all_that_is_said() -> None:
    nodes = [
        {"name": "Ada", "label": "Person", "properties": {"born": 1815}},
        {"name": "ADA", "label": "Writer", "properties": {"born": 1816, "x": None}, "aliases": ["Countess", "ada"]},
    ]
    [ada] = facts_in(json.dumps({"nodes": nodes})).mentions
    assert ada == Mention("ada", "Ada", ("Person", "Writer"), {"born": 1815}, ("countess",))


def test_an_answer_without_end_is_cut() -> None:
    nodes = [{"name": f"n{number}"} for number in range(1000)]
    edges = [{"source": "n1", "target": f"n{number}", "type": "T"} for number in range(1000)]
    found = facts_in(json.dumps({"nodes": nodes, "edges": edges}))
    assert len(found.assertions) == MOST_EDGES
    assert len(found.mentions) <= MOST_NODES + 2 * MOST_EDGES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "label", "source", "target", "type", "properties", "aliases"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"nodes": st.lists(JSON, max_size=3) | JSON, "edges": st.lists(JSON, max_size=3)}))
def test_any_answer_is_read_or_refused_and_holds_together(answer: object) -> None:
    try:
        found = facts_in(json.dumps(answer))
    except Unreadable:
        return
    keys = {mention.key for mention in found.mentions}
    assert all({one.tie.source, one.tie.target} <= keys for one in found.assertions)
    assert Facts.of(json.loads(json.dumps(found.kept(), allow_nan=False))) == found


async def test_an_extractor_of_llamaindex_leaves_its_graph_at_the_nodes() -> None:
    async def ask(messages: object) -> str:
        return json.dumps(GRAPH)

    extractor = FactExtractor(ask)
    [node] = await extractor.acall([TextNode(text="Ada works for Acme.")])
    assert [entity.name for entity in node.metadata[KG_NODES_KEY]] == ["The Acme Corp.", "Ada"]
    [relation] = node.metadata[KG_RELATIONS_KEY]
    assert (relation.source_id, relation.label, relation.target_id) == ("Ada", "WORKS_FOR", "The Acme Corp.")
    assert await extractor.read("half a pair \ud800") == FACTS
    with pytest.raises(BlockingCallRefused):
        extractor([node])
