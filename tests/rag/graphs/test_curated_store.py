"""What is around things that people wrote about is that of all relations that are there, one by one."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexing.graphs.edits import Curation
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import BY_HAND, Direction, Tie
from rag.graphs.curated import CuratedStore
from tests.rag.graphs.worlds import world


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedGraphs]:
    store = EmbeddedGraphs(tmp_path / "graphs")
    yield store
    await store.aclose()


@pytest.mark.parametrize("taking_out", [False, True])
@pytest.mark.parametrize("seed", range(40))
async def test_it_is_told_as_if_every_relation_were_read(store: EmbeddedGraphs, seed: int, *, taking_out: bool) -> None:
    made, chance = world(seed), random.Random(seed)
    await made.keep(store)
    keys = {mention.key for some in made.by_layer.values() for one in some for mention in one.mentions}
    ties = {fact.tie for some in made.by_layer.values() for one in some for fact in one.assertions}
    by_hand = {fact.tie for one in made.by_layer[BY_HAND] for fact in one.assertions}
    curation = Curation(
        amended=frozenset(key for key in sorted(keys) if chance.random() < 0.2),
        amended_ties=frozenset(tie for tie in sorted(by_hand) if chance.random() < 0.3),
        has_ties=True,
    )
    if taking_out:
        removed = frozenset(key for key in sorted(keys) if chance.random() < 0.2)
        curation = replace(curation, removed=removed, removed_ties=_some(ties, chance))
    curated, scope = CuratedStore(store, curation), made.scope()
    own = {key for key in sorted(keys) if chance.random() < 0.5} & await curated.present(made.graph, keys, scope)
    there = await curated.ties(made.graph, own, scope)
    for direction in Direction:
        found = await curated.beside(made.graph, own, scope, direction)
        out = {tie.target for tie in there if tie.source in own and direction is not Direction.IN}
        into = {tie.source for tie in there if tie.target in own and direction is not Direction.OUT}
        assert sorted([*found.alone, *found.others]) == sorted(out | into)
    degrees = await curated.degrees(made.graph, own, scope)
    for key in own:
        listed = [tie for of, tie in degrees.listed if of == key]
        told = degrees.counted.get(key, 0) + len(listed)
        assert told == sum(key in (tie.source, tie.target) and tie.source != tie.target for tie in there)
    inside = [tie for tie in there if {tie.source, tie.target} <= own]
    assert await curated.between(made.graph, own, scope) == inside


def _some(ties: set[Tie], chance: random.Random) -> frozenset[Tie]:
    return frozenset(tie for tie in sorted(ties) if chance.random() < 0.3)
