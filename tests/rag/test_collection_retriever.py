"""What is found is found by parts of LlamaIndex too: as the same caller, and by the event loop alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from acl.facts import Effect, PrincipalType
from acl.visible import Visible
from rag.retrieval.access_postprocessor import AccessPostprocessor, BlockingCallRefused
from rag.retrieval.collection_retriever import CollectionRetriever
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question, Way
from tests.rag.asking import search
from tests.world.passages import written
from tests.world.people import Organisation


async def test_a_retriever_finds_what_its_caller_may_read(acme: Organisation) -> None:
    there = await written(acme, {"one": ["harbour tide"], "two": ["harbour"], "hidden": ["harbour tide"]})
    viewer = (PrincipalType.USER, acme.people["viewer"].id)
    await there.enter(Effect.DENY, viewer, ["hidden"])
    searching = await search(acme, "viewer")

    async def ask(question: Question) -> Sequence[Visible[Passage]]:
        return (await searching.run(there.id, question)).passages

    retriever = CollectionRetriever(ask, Question("", Way.KEYWORD, top_k=5))
    found = await retriever.aretrieve("harbour tide")
    assert [node.text for node in found] == ["harbour tide", "harbour"]
    assert await AccessPostprocessor(searching.onlooker).apostprocess_nodes(found) == found
    await there.enter(Effect.DENY, viewer, ["one"])
    assert [node.text for node in await AccessPostprocessor(searching.onlooker).apostprocess_nodes(found)] == [
        "harbour"
    ]
    with pytest.raises(BlockingCallRefused):
        retriever.retrieve("harbour tide")
