"""Every promise of a graph store in one class."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from indexing.errors import StoreUnavailable
from indexing.stores.graphs import Direction, GraphStore, Wanted, Worth
from indexing.stores.vectors import Index
from tests.contract.graphs.finding import Finding
from tests.contract.graphs.keeping import Keeping
from tests.contract.graphs.removing import Removing
from tests.contract.graphs.scoping import Scoping
from tests.contract.graphs.statements import LAYER, editions, every_tie, new_graph, says, scope, source, tie_of
from tests.contract.graphs.wandering import Wandering


class GraphStoreContract(Keeping, Scoping, Finding, Removing, Wandering):
    """Inherit it and give it two fixtures: `store`, and `broken`, one that cannot answer."""

    @pytest.fixture
    async def graph(self, store: GraphStore) -> AsyncIterator[Index]:
        graph = new_graph()
        yield graph
        await store.drop(graph)

    async def test_it_answers(self, store: GraphStore) -> None:
        await store.answers()

    async def test_a_broken_store_says_so_whatever_is_asked(self, broken: GraphStore) -> None:
        graph, tie = new_graph(), tie_of("ada KNOWS grace")
        attempts = {
            "answers": broken.answers(),
            "put": broken.put(graph, LAYER, [says(source(), "ada")]),
            "link": broken.link(graph, [("ada", "grace")]),
            "linked": broken.linked(graph, ["ada"]),
            "keys": broken.keys(graph, ["nod_1"]),
            "ties_of": broken.ties_of(graph, ["edg_1"]),
            "present": broken.present(graph, ["ada"], scope()),
            "said": broken.said(graph, ["ada"], scope()),
            "ties": broken.ties(graph, ["ada"], scope()),
            "labels": broken.labels(graph, ["ada"], scope()),
            "beside": broken.beside(graph, ["ada"], scope(), Direction.BOTH),
            "between": broken.between(graph, ["ada"], scope()),
            "degrees": broken.degrees(graph, ["ada"], scope()),
            "held": broken.held(graph, [tie], scope()),
            "find": broken.find(graph, Wanted(), scope(), limit=1),
            "aliases": broken.aliases(graph, ["ada"], scope()),
            "spoken_of": broken.spoken_of(graph, ["chk_1"], scope()),
            "speakers": broken.speakers(graph, [Worth("ada", "ada", 1)], scope(), limit=1),
            "every_tie": every_tie(broken, graph, scope()),
            "tally_things": anext(aiter(broken.tally_things(graph, scope()))),
            "tally_ties": anext(aiter(broken.tally_ties(graph, scope()))),
            "size": broken.size(graph, LAYER),
            "remove_editions": broken.remove_editions(graph, ["edn_1"]),
            "remove_documents": broken.remove_documents(graph, ["doc_1"]),
            "remove_by_hand": broken.remove_by_hand(graph, keys=["ada"], ties=[tie]),
            "remove_layers_but": broken.remove_layers_but(graph, [LAYER]),
            "edition_ids": editions(broken, graph),
            "drop": broken.drop(graph),
        }
        said = {}
        for name, attempt in attempts.items():
            with pytest.raises(StoreUnavailable) as caught:
                await attempt
            said[name] = caught.value.message
        assert all(said.values())
