"""What comes through LlamaIndex's pipelines when the chokepoint is one of their parts."""

from __future__ import annotations

from typing import Any, cast

import pytest
from llama_index.core.schema import IndexNode, NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
from sqlalchemy import text

from acl.errors import AccessUndecided
from acl.facts import Effect, PrincipalType
from app.identity.caller import Caller
from app.identity.errors import TokenInvalid
from rag.retrieval.access_postprocessor import AccessPostprocessor, BlockingCallRefused
from rag.retrieval.onlooker import NobodyLooks, Onlooker
from tests.rag.library import Desk, Everything, desk, engine, node, onlooker_of, texts
from tests.world.lanes import writing
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.shelves import enter, withdraw


@pytest.fixture
async def library(acme: Organisation) -> Desk:
    return await desk(acme)


async def test_only_what_is_readable_comes_through_in_its_order_and_with_its_scores(library: Desk) -> None:
    found = [
        node("second", library.document("other"), score=0.2),
        node("secret", library.document("hidden"), score=0.99),
        node("nobody's", score=0.98),
        node("of no document there is", "doc_unknown", score=0.97),
        node("of a collection", library.shelf.id, score=0.96),
        node("first", document_id=library.document("open"), score=0.9),
        node("first again", library.document("open"), score=0.1, document_id=library.document("open")),
    ]
    pipeline = engine(Everything(found), library.postprocessor)
    seen = await pipeline.aretrieve(QueryBundle("anything"))
    assert [(each.text, each.score) for each in seen] == [("second", 0.2), ("first", 0.9), ("first again", 0.1)]
    answer = await pipeline.aquery("anything")
    assert texts(answer.source_nodes) == ["second", "first", "first again"]


async def test_nodes_that_disagree_with_themselves_are_of_no_document(library: Desk) -> None:
    readable, hidden = library.document("open"), library.document("hidden")
    several = TextNode(text="of several", metadata={"document_id": readable})
    several.relationships[NodeRelationship.SOURCE] = cast("Any", [RelatedNodeInfo(node_id=readable)])
    found = [
        node("says another", hidden, document_id=readable),
        node("says another, the other way", readable, document_id=hidden),
        node("says two readable ones", readable, document_id=library.document("other")),
        node("an old key says another", readable, ref_doc_id=hidden),
        node("no id at all", readable, document_id=["doc"]),
        node("none beside one", readable, document_id=None),
        node("nothing", "", document_id=""),
        NodeWithScore(node=several, score=1.0),
    ]
    assert await library.postprocessor.apostprocess_nodes(found) == []


async def test_what_retrieval_unfolds_afterwards_is_caught_by_our_last_look(library: Desk) -> None:
    pointer = IndexNode(text="pointer", index_id="elsewhere", metadata={"document_id": library.document("open")})
    secret = node("secret", library.document("hidden")).node
    inside = Everything(
        [NodeWithScore(node=pointer, score=1.0)], within=[library.postprocessor], object_map={"elsewhere": secret}
    )
    grown = await engine(inside).aretrieve(QueryBundle("anything"))
    assert texts(grown) == ["secret"], "the postprocessor saw the pointer alone, and LlamaIndex followed it"
    assert await library.last(grown) == []
    assert texts(await engine(inside, library.postprocessor).aretrieve(QueryBundle("anything"))) == []


async def test_a_node_that_holds_something_else_is_not_let_through_unopened(library: Desk) -> None:
    secret = node("secret", library.document("hidden")).node
    folded = IndexNode(text="folded", index_id="x", obj=secret, metadata={"document_id": library.document("open")})
    assert await library.last([NodeWithScore(node=folded, score=1.0)]) == []


async def test_every_retrieval_of_a_long_run_decides_anew(acme: Organisation, library: Desk) -> None:
    pipeline = engine(Everything([node("plan", library.document("open"))]), library.postprocessor)
    assert texts(await pipeline.aretrieve(QueryBundle("first step"))) == ["plan"]
    whom = (PrincipalType.USER, acme.people["user"].id)
    denied = await enter(acme, library.document("open"), Effect.DENY, whom, permissions=1)
    assert texts(await pipeline.aretrieve(QueryBundle("second step"))) == []
    await withdraw(acme, denied)
    assert texts(await pipeline.aretrieve(QueryBundle("third step"))) == ["plan"]


async def test_a_run_of_somebody_suspended_finds_nothing_more(acme: Organisation, library: Desk) -> None:
    pipeline = engine(Everything([node("plan", library.document("open"))]), library.postprocessor)
    assert texts(await pipeline.aretrieve(QueryBundle("first step"))) == ["plan"]
    async with acme.running.client(acme.running.root_key) as root:
        await root.patch(f"/v1/users/{acme.people['user'].id}", json={"status": "suspended"})
    with pytest.raises(TokenInvalid):
        await pipeline.aretrieve(QueryBundle("second step"))


async def test_another_tenants_admin_sees_nothing(running: Running, library: Desk) -> None:
    others = await organisation(running)
    caller = (await onlooker_of(others, "admin")).caller
    looking = Onlooker(library.onlooker.chokepoint, library.onlooker.transactions, caller, library.onlooker.tenant_id)
    found = [node("plan", library.document("open"))]
    assert await AccessPostprocessor(onlooker=looking).apostprocess_nodes(found) == []
    assert await AccessPostprocessor(onlooker=await onlooker_of(others, "admin")).apostprocess_nodes(found) == []
    await others.aclose()


async def test_without_a_caller_it_does_not_run(library: Desk) -> None:
    with pytest.raises(TypeError):
        AccessPostprocessor()  # type: ignore[call-arg] # what is tried
    with pytest.raises(NobodyLooks):
        AccessPostprocessor(onlooker=cast("Onlooker", None))
    for nobody in (None, "user", object()):
        with pytest.raises(NobodyLooks):
            Onlooker(library.onlooker.chokepoint, library.onlooker.transactions, cast("Caller", nobody), "tnt_x")
    with pytest.raises(NobodyLooks):
        Onlooker(library.onlooker.chokepoint, library.onlooker.transactions, library.onlooker.caller, "")
    hollow = AccessPostprocessor.model_construct()
    with pytest.raises(NobodyLooks):
        await hollow.apostprocess_nodes([node("plan", library.document("open"))])


async def test_it_does_not_block_the_event_loop(library: Desk) -> None:
    with pytest.raises(BlockingCallRefused, match="await"):
        library.postprocessor.postprocess_nodes([node("plan", library.document("open"))])


async def test_it_tells_nobody_for_whom_it_looks(library: Desk) -> None:
    made = library.postprocessor
    assert library.onlooker.caller.email not in f"{made!r}{made.to_dict()}{made.to_json()}"


async def test_a_broken_database_lets_nothing_through() -> None:
    async with fresh() as platform:
        acme = await organisation(platform)
        library = await desk(acme)
        async with writing(platform.platform.database) as connection:
            connection.execute(text("ALTER TABLE epochs RENAME TO epochs_gone"))
        with pytest.raises(AccessUndecided):
            await library.postprocessor.apostprocess_nodes([node("plan", library.document("open"))])
        await acme.aclose()
