"""What people write in a graph shows nobody anything of documents that they may not read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from app.db.tenancy import Reach
from indexing.graphs.edits import Edited, GraphEdits, written_edge, written_node
from indexing.graphs.settling import Settling
from indexing.graphs.tables import AMENDS, REMOVED, WRITTEN
from indexing.stores.graphs import Tie
from rag.graphs.writing import GraphWriting
from tests.rag.graphs.test_writing import writing
from tests.world.by_night import by_night
from tests.world.graphs import Atlas, Fact, atlas
from tests.world.models import data
from tests.world.people import Organisation

NAMES = ("ada", "babbage", "engine", "acme", "zuse", "turing")
TYPES = ("KNOWS", "BUILT")


@pytest.mark.parametrize("seed", [*range(3), *by_night(range(3, 8))])
async def test_the_view_is_that_of_readable_documents_whatever_was_written(acme: Organisation, seed: int) -> None:
    chance = random.Random(seed)
    said = {document: facts(chance) for document in ("public", "other", "secret", "closed")}
    edits = written(chance)
    whole, bare = await atlas(acme, *said), await atlas(acme, "public", "other")
    for document, told in said.items():
        await whole.say(document, *told)
        if document in bare.shelf.documents:
            await bare.say(document, *told)
    for hidden in ("secret", "closed"):
        await whole.hide(hidden, "viewer")
    for one in (whole, bare):
        await keep(await writing(one), edits)
    shown = await seen(acme, whole)
    assert shown == await seen(acme, bare), (seed, said, edits)
    nodes, edges = expected([*said["public"], *said["other"]], edits)
    assert {node[0].casefold() for node in shown[0]} == nodes
    assert {(edge[0].casefold(), edge[1], edge[2].casefold()) for edge in shown[1]} == edges
    assert [node[3] for node in shown[0]] == [sum(node[0].casefold() in edge for edge in edges) for node in shown[0]], (
        "degrees are those of what is seen"
    )
    assert (shown[2][0]["node_count"], shown[2][0]["edge_count"]) == (len(nodes), len(edges))


def expected(told: Sequence[Fact | str], edits: Sequence[Edited]) -> tuple[set[str], set[Fact]]:
    """What is there, worked out the plain way: what readable documents say, less and more what was written."""
    ties = {fact for fact in told if not isinstance(fact, str)}
    names = {fact for fact in told if isinstance(fact, str)} | {tie[end] for tie in ties for end in (0, 2)}
    for edit in edits:
        if isinstance(edit.about, Tie):
            about = (edit.about.source, edit.about.type, edit.about.target)
            ties = ties | {about} if edit.state == WRITTEN else ties - {about} if edit.state == REMOVED else ties
        else:
            names = names | {edit.about} if edit.state == WRITTEN else names
            names = names - {edit.about} if edit.state == REMOVED else names
    return names, {tie for tie in ties if tie[0] in names and tie[2] in names}


def facts(chance: random.Random) -> list[Fact | str]:
    """What a document says."""
    ties: list[Fact | str] = [fact(chance) for _ in range(chance.randint(0, 4))]
    return [*ties, chance.choice(NAMES)]


def fact(chance: random.Random) -> Fact:
    source, target = chance.sample(NAMES, 2)
    return source, chance.choice(TYPES), target


def written(chance: random.Random) -> list[Edited]:
    """What people wrote: of some names and relations one thing each."""
    edits: list[Edited] = []
    for name in chance.sample(NAMES, chance.randint(0, 4)):
        said = {"name": name.title(), "labels": ["Written"], "properties": {"by": "hand"}}
        node = written_node(name, name.title(), ["Written"], {"by": "hand"})
        edits.append(
            chance.choice([node, Edited(name, AMENDS, said), Edited(name, AMENDS, said), Edited(name, REMOVED)])
        )
    for tie in {Tie(*fact(chance)) for _ in range(chance.randint(0, 8))}:
        said = {"properties": {"by": "hand"}}
        edits.append(
            chance.choice([written_edge(tie, {"by": "hand"}), Edited(tie, AMENDS, said), Edited(tie, REMOVED)])
        )
    return edits


async def keep(by: GraphWriting, edits: Sequence[Edited]) -> None:
    async with by.transactions.open(Reach.one(by.graph.tenant_id)) as transaction:
        await GraphEdits(transaction, by.graph.collection_id, "usr_somebody").write(edits)
    await Settling(by.transactions, by.store, by.graph).run()


async def seen(acme: Organisation, of: Atlas) -> Any:
    """All that the viewer is shown, by names in the place of ids."""
    viewer = acme.client("viewer")
    nodes = data(await viewer.get(f"{of.path}/nodes", params={"limit": 100}))["nodes"]
    edges = data(await viewer.get(f"{of.path}/edges", params={"limit": 100}))["edges"]
    names = {node["id"]: node["name"] for node in nodes}
    told = [data(await viewer.get(f"{of.path}/stats"))]
    for start in NAMES:
        walk = await viewer.post(f"{of.path}/traverse", json={"start_node_id": of.node_id(start), "depth": 3})
        if walk.status_code == 200:
            found = data(walk)
            told.append([(node["name"], node["degree"]) for node in found["nodes"]])
            told.append(len(found["edges"]))
        else:
            told.append(walk.status_code)
    things = [[node[part] for part in ("name", "labels", "properties", "degree", "manual")] for node in nodes]
    relations = [[names[one["source_id"]], one["type"], names[one["target_id"]], one["properties"]] for one in edges]
    return things, relations, told
