"""What somebody may not read is not there: no thing, no relation, no name, no number and no way of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from acl.errors import CollectionNotFound
from acl.facts import Effect, PrincipalType
from acl.permission import Permission
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import GraphStore
from indexing.wording.names import edge_id, node_id
from rag.graphs.asked import EdgesAsked, NodesAsked, Walk
from rag.graphs.errors import EdgeNotFound, NodeNotFound
from tests.contract.graphs.statements import named, put, says
from tests.rag.graphs.known import Known, all_seen, known, names, reader, ties
from tests.world.people import Organisation
from tests.world.shelves import enter

FACTS = {
    "open": [["ada KNOWS grace"], ["grace PART_OF navy"]],
    "secret": [["ada KNOWS bomb", "bomb PART_OF navy"]],
    "other": [["navy PART_OF state"]],
}


@pytest.fixture
async def there(acme: Organisation) -> Known:
    await acme.person("reader", "tenant_viewer")
    made = await known(acme, FACTS)
    await hide(made, "secret")
    return made


async def hide(there: Known, name: str) -> None:
    organisation = there.written.shelf.organisation
    await there.written.enter(Effect.DENY, (PrincipalType.USER, organisation.people["reader"].id), [name])


def id_of(there: Known, key: str) -> str:
    return node_id(there.id, key)


async def test_each_sees_the_graph_of_what_they_may_read(acme: Organisation, there: Known) -> None:
    seen = await all_seen(await reader(acme, "reader"), there.id)
    assert names(seen) == ["ada", "grace", "navy", "state"]
    assert ties(seen) == ["ada KNOWS grace", "grace PART_OF navy", "navy PART_OF state"]
    assert [one.value.degree for one in seen.nodes] == [1, 2, 2, 1]
    assert seen.nodes[0].value.documents == (there.document("open"),)
    everything = await all_seen(await reader(acme, "admin"), there.id)
    assert names(everything) == ["ada", "bomb", "grace", "navy", "state"]
    assert [one.value.degree for one in everything.nodes] == [2, 2, 2, 3, 1]


async def test_what_is_hidden_is_not_found_by_its_id(acme: Organisation, there: Known) -> None:
    reading, bomb = await reader(acme, "reader"), id_of(there, "bomb")
    for missing in (
        reading.node(there.id, bomb),
        reading.traverse(there.id, bomb, Walk()),
        reading.paths(there.id, id_of(there, "ada"), bomb),
        reading.edges(there.id, EdgesAsked(bomb)),
        reading.node(there.id, "nod_nobody"),
    ):
        with pytest.raises(NodeNotFound):
            await missing
    with pytest.raises(EdgeNotFound):
        await reading.edge(there.id, edge_id(there.id, "ada", "KNOWS", "bomb"))
    assert (await reading.search(there.id, "bomb")).nodes == []


async def test_no_way_leads_over_what_is_hidden(acme: Organisation, there: Known) -> None:
    ends = id_of(there, "ada"), id_of(there, "navy")
    hers = await (await reader(acme, "reader")).paths(there.id, *ends)
    assert [[one.value.name for one in path.nodes] for path in hers.paths] == [["ada", "grace", "navy"]]
    all_ways = await (await reader(acme, "admin")).paths(there.id, *ends)
    assert [[one.value.name for one in path.nodes] for path in all_ways.paths] == [
        ["ada", "bomb", "navy"],
        ["ada", "grace", "navy"],
    ]
    assert [one.value.type for one in all_ways.paths[0].edges] == ["KNOWS", "PART_OF"]


async def test_every_question_is_answered_from_what_may_be_read(acme: Organisation, there: Known) -> None:
    reading = await reader(acme, "reader")
    walk = await reading.traverse(there.id, id_of(there, "ada"), Walk(depth=5))
    assert names(walk) == ["ada", "grace", "navy", "state"]
    stats = (await reading.stats(there.id)).value
    assert (stats.nodes, stats.edges, stats.relation_types) == (4, 3, {"PART_OF": 2, "KNOWS": 1})
    page = await reading.nodes(there.id, NodesAsked(), limit=3)
    assert (names(page), page.truncated) == (["ada", "grace", "navy"], True)
    assert names(await reading.nodes(there.id, NodesAsked(), after=page.next_after, limit=3)) == ["state"]
    edges = await reading.edges(there.id, EdgesAsked(relation_types=frozenset({"part of"})), limit=1)
    assert [one.value.type for one in edges.edges] == ["PART_OF"]
    more = await reading.edges(there.id, EdgesAsked(relation_types=frozenset({"part of"})), after=edges.next_after)
    assert len(more.edges) == 1
    edge = await reading.edge(there.id, edge_id(there.id, "ada", "KNOWS", "grace"))
    assert (names(edge), ties(edge)) == (["ada", "grace"], ["ada KNOWS grace"])
    found = await reading.search(there.id, "Grace, Navy")
    assert (names(found), ties(found)) == (["grace", "navy"], ["grace PART_OF navy"])


async def test_a_question_gets_what_is_known_around_it_and_the_passages(acme: Organisation, there: Known) -> None:
    context = await (await reader(acme, "reader")).context(there.id, "Whom does Ada know?", top_k=2)
    assert context.nodes[0].value.name == "ada"
    assert "bomb" not in {one.value.name for one in context.nodes}
    assert {one.value.document_id for one in context.passages} <= {there.document("open"), there.document("other")}
    assert there.document("open") in {one.value.document_id for one in context.passages}


async def test_what_is_by_hand_is_its_collections(acme: Organisation, there: Known) -> None:
    await there.write("grace LIKES tea")
    seen = await all_seen(await reader(acme, "reader"), there.id)
    assert "grace LIKES tea" in ties(seen)
    tea = next(one.value for one in seen.nodes if one.value.name == "tea")
    assert (tea.documents, tea.is_manual) == ((), True)


async def test_names_join_where_a_readable_source_says_so(acme: Organisation, there: Known) -> None:
    secret, opened = (await there.sources("secret"))[0], (await there.sources("other"))[0]
    lady = named("Countess", aliases=["ada"])
    await put(there.store, there.index, says(secret, lady), says(opened, named("Countess", "Title")))
    reading = await reader(acme, "reader")
    assert names(await all_seen(reading, there.id)) == ["ada", "Countess", "grace", "navy"]
    await put(there.store, there.index, says(opened, named("Countess", "Title", aliases=["ada"])))
    seen = await reading.node(there.id, id_of(there, "countess"))
    assert [(one.value.id, one.value.labels) for one in seen.nodes] == [(id_of(there, "ada"), ("Title",))]


async def test_what_is_replaced_or_deleted_says_nothing(acme: Organisation, there: Known) -> None:
    """Though the store still keeps it."""
    await there.written.write({"open": ["nothing of note", "nor here"]})
    reading = await reader(acme, "reader")
    assert names(await all_seen(reading, there.id)) == ["navy", "state"]
    async with acme.client("admin") as client:
        path = f"/v1/modules/scaimatrix/collections/{there.id}/documents/{there.document('other')}"
        assert (await client.delete(path)).status_code == 200
    assert names(await all_seen(reading, there.id)) == []
    assert names(await all_seen(await reader(acme, "admin"), there.id)) == ["ada", "bomb", "navy"]


async def test_who_may_not_read_the_collection_is_told_it_is_not_there(acme: Organisation, there: Known) -> None:
    who = (PrincipalType.USER, acme.people["reader"].id)
    await enter(acme, there.id, Effect.DENY, who, permissions=Permission.READ)
    reading = await reader(acme, "reader")
    for asked in (all_seen(reading, there.id), reading.stats(there.id), reading.context(there.id, "ada")):
        with pytest.raises(CollectionNotFound):
            await asked


class Meanwhile:
    """A store beside which something happens before it tells what is said."""

    def __init__(self, store: GraphStore, deed: Callable[[], Awaitable[None]], times: int = 1) -> None:
        self._store, self._deed, self.times = store, deed, times

    async def said(self, *asked: Any) -> Any:
        found = await self._store.said(*asked)
        if self.times:
            self.times -= 1
            await self._deed()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_right_that_goes_meanwhile_takes_everything_with_it(acme: Organisation, there: Known) -> None:
    async def shut() -> None:
        await hide(there, "open")

    beside: Any = Meanwhile(there.store, shut)
    seen = await all_seen(await reader(acme, "reader", beside), there.id)
    assert (names(seen), [one.value.degree for one in seen.nodes]) == (["navy", "state"], [1, 1])
    assert beside.times == 0


async def test_a_document_replaced_meanwhile_says_what_it_says_now(acme: Organisation, there: Known) -> None:
    async def replaced() -> None:
        await there.written.write({"other": ["the state changes"]})
        await there.tell({"other": [["republic"]]})

    beside: Any = Meanwhile(there.store, replaced)
    seen = await all_seen(await reader(acme, "reader", beside), there.id)
    assert names(seen) == ["ada", "grace", "navy", "republic"]


@pytest.fixture
def away(tmp_path: Path) -> EmbeddedGraphs:
    (tmp_path / "file").write_text("where its folder should be")
    return EmbeddedGraphs(tmp_path / "file")


async def test_a_store_that_is_away_is_said_in_an_empty_answer(
    acme: Organisation, there: Known, away: EmbeddedGraphs
) -> None:
    reading, ada = await reader(acme, "reader", away), id_of(there, "ada")
    for answer in (
        await reading.search(there.id, "ada"),
        await reading.query(there.id, NodesAsked()),
        await reading.traverse(there.id, ada, Walk()),
        await reading.node(there.id, ada),
        await reading.edge(there.id, "edg_1"),
        await reading.nodes(there.id, NodesAsked()),
        await reading.edges(there.id, EdgesAsked(ada)),
    ):
        assert (answer.nodes, answer.edges, answer.available) == ((), (), False)
    assert not (await reading.paths(there.id, ada, ada)).available
    assert not (await reading.stats(there.id)).value.available
    context = await reading.context(there.id, "ada KNOWS grace")
    assert (context.nodes, context.available) == ((), False)
    assert context.passages  # which need no graph
    await away.aclose()


async def test_one_fact_of_many_sources_is_shown_with_the_first_of_them(acme: Organisation) -> None:
    await acme.person("reader", "tenant_viewer")
    made = await known(acme, {"long": [["ada KNOWS grace"] for _ in range(60)]})
    (edge,) = (await all_seen(await reader(acme, "reader"), made.id)).edges
    assert edge.value.chunks == tuple(sorted(made.written.chunks[made.document("long")])[:50])
