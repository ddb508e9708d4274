"""An engine of LlamaIndex answers from what its caller may read, also when a right goes while it answers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from llama_index.core.schema import NodeWithScore

from acl.facts import Effect, PrincipalType
from acl.visible import Visible
from rag.retrieval.access_postprocessor import BlockingCallRefused
from rag.retrieval.collection_retriever import CollectionRetriever
from rag.retrieval.passages import Passage
from rag.retrieval.query_engine import CollectionQueryEngine
from rag.retrieval.question import Question, Way
from tests.rag.asking import search
from tests.world.passages import written
from tests.world.people import Organisation


async def test_an_engine_answers_from_what_may_be_read(acme: Organisation) -> None:
    there = await written(acme, {"one": ["harbour tide"], "two": ["harbour"], "hidden": ["harbour tide"]})
    viewer = (PrincipalType.USER, acme.people["viewer"].id)
    await there.enter(Effect.DENY, viewer, ["hidden"])
    searching, given = await search(acme, "viewer"), list[list[str]]()

    async def ask(question: Question) -> Sequence[Visible[Passage]]:
        return (await searching.run(there.id, question)).passages

    async def answer(question: str, nodes: Sequence[NodeWithScore]) -> str:
        given.append([node.text for node in nodes])
        if len(given) == 2:
            await there.enter(Effect.DENY, viewer, ["one"])
        return " & ".join(given[-1])

    retriever = CollectionRetriever(ask, Question("", Way.KEYWORD, top_k=5))
    engine = CollectionQueryEngine(retriever, searching.onlooker, answer)
    assert str(await engine.aquery("harbour tide")) == "harbour tide & harbour"
    again = await engine.aquery("harbour tide")
    assert str(again) == "harbour"
    assert [node.text for node in again.source_nodes] == ["harbour"]
    assert given == [["harbour tide", "harbour"]] * 2 + [["harbour"]]
    with pytest.raises(BlockingCallRefused):
        engine.query("harbour tide")
