"""Questions to graphs over HTTP, saved views, and what is answered while the graph store is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.wiring import Platform
from indexing.errors import StoreUnavailable
from tests.world.graphs import Atlas, atlas
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.platform import Running, settings_for
from tests.world.platform import running as started


@pytest.fixture
async def plans(acme: Organisation) -> Atlas:
    made = await atlas(acme, "public", "secret")
    await made.say("public", ("Ada", "works for", "Acme"))
    await made.say("secret", ("Ada", "leads", "Project X"))
    await made.hide("secret", "viewer")
    return made


async def test_an_answer_says_where_it_is_from(acme: Organisation, plans: Atlas) -> None:
    for name, documents in (("admin", {"public", "secret"}), ("viewer", {"public"})):
        asked = {"question": "What are the words of the documents?"}
        answer = data(await acme.client(name).post(f"{plans.path}/ask", json=asked))
        assert answer["graph_available"] is True
        readable = {plans.shelf.documents[document] for document in documents}
        for citation in answer["citations"]:
            assert citation["document_id"] in readable
            assert f"[{citation['marker']}]" in answer["answer"]
        assert ("secret" in str(answer)) <= (name == "admin")


async def test_the_passages_of_a_context_are_found_by_the_graph_too(acme: Organisation, plans: Atlas) -> None:
    for name in ("admin", "viewer"):
        client, asked = acme.client(name), {"query": "Who works for Acme?", "top_k": 5}
        context = data(await client.post(f"{plans.path}/context", json=asked))
        search = plans.path.replace("/graph", "/search")
        found = data(await client.post(search, json={**asked, "search_type": "combined"}))
        assert [(one["chunk_id"], one["score"]) for one in context["passages"]] == [
            (one["chunk_id"], one["score"]) for one in found["results"]
        ]


async def test_what_nothing_says_anything_about_is_answered_so(acme: Organisation) -> None:
    empty = await atlas(acme)
    answer = data(await acme.client("viewer").post(f"{empty.path}/ask", json={"question": "Who is Ada?"}))
    assert (answer["citations"], answer["graph_available"]) == ([], True)
    assert answer["answer"].startswith("Nothing")


async def test_a_view_is_saved_listed_changed_and_removed(acme: Organisation, plans: Atlas) -> None:
    admin, views = acme.client("admin"), f"{plans.path}/views"
    made = data(await admin.post(views, json={"name": "People", "query": {"labels": ["Person"]}}), 201)
    assert code(await admin.post(views, json={"name": "People", "query": {}})) == (409, "GRAPH_FACT_EXISTS")
    viewer = acme.client("viewer")
    assert data(await viewer.get(views)) == [made] == [data(await viewer.get(f"{views}/{made['id']}"))]
    changed = data(await admin.put(f"{views}/{made['id']}", json={"name": "All", "query": {}}))
    assert (changed["name"], changed["query"]) == ("All", {})
    assert data(await admin.patch(f"{views}/{made['id']}", json={"name": "Every"}))["name"] == "Every"
    assert code(await viewer.delete(f"{views}/{made['id']}"))[0] == 403
    assert data(await admin.delete(f"{views}/{made['id']}")) == {"deleted": True}
    assert code(await admin.get(f"{views}/{made['id']}")) == (404, "GRAPH_VIEW_NOT_FOUND")


async def test_a_view_that_has_changed_since_is_not_changed_again(acme: Organisation, plans: Atlas) -> None:
    admin, views = acme.client("admin"), f"{plans.path}/views"
    made = await admin.post(views, json={"name": "People", "query": {"labels": ["Person"]}})
    view, known = f"{views}/{data(made, 201)['id']}", {"If-Match": made.headers["ETag"]}
    read = await admin.get(view)
    assert read.headers["ETag"] == made.headers["ETag"]
    assert (await admin.get(view, headers={"If-None-Match": read.headers["ETag"]})).status_code == 304
    changed = await admin.patch(view, json={"name": "All"}, headers=known)
    assert data(changed)["name"] == "All"
    for stale in (
        admin.patch(view, json={"name": "Mine"}, headers=known),
        admin.put(view, json={"name": "Mine", "query": {}}, headers=known),
        admin.delete(view, headers=known),
    ):
        assert code(await stale)[0] == 412
    assert (await admin.delete(view, headers={"If-Match": changed.headers["ETag"]})).status_code == 200


@dataclass(frozen=True, slots=True)
class Gone:
    """A graph store that nobody is at."""

    def __getattr__(self, name: str) -> Any:
        raise StoreUnavailable("The graph store does not answer.")

    async def aclose(self) -> None:
        return None


def without_graphs(platform: Platform) -> Platform:
    """The same platform with its graph store away."""
    return replace(platform, graphs=Gone())


@pytest.fixture
async def away(running: Running) -> AsyncIterator[Running]:
    settings = settings_for(Path(running.settings.home), running.settings.database)
    # It takes no work: that of other tests would fail for want of graphs, and be asked for by the clock all over.
    async with started(settings, refit=without_graphs, deeds={}) as platform:
        yield platform


READS: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("POST", "search", {"query": "Ada"}, {"nodes": [], "edges": []}),
    ("POST", "query", {"name": "Ada"}, {"nodes": [], "edges": []}),
    ("POST", "traverse", {"start_node_id": "nod_1"}, {"nodes": [], "edges": []}),
    ("POST", "paths", {"source_id": "nod_1", "target_id": "nod_2"}, {"paths": []}),
    ("POST", "context", {"query": "Ada"}, {"nodes": [], "edges": []}),
    ("POST", "ask", {"question": "Ada?"}, {"answer": "", "citations": []}),
    ("GET", "stats", None, {"node_count": 0, "edge_count": 0, "labels": {}, "relation_types": {}}),
    ("GET", "nodes", None, {"nodes": [], "edges": []}),
    ("GET", "nodes/nod_1", None, {"nodes": [], "edges": []}),
    ("GET", "edges", None, {"nodes": [], "edges": []}),
    ("GET", "edges/edg_1", None, {"nodes": [], "edges": []}),
]


async def test_with_the_store_away_reads_are_zero_and_writes_are_refused(
    away: Running, acme: Organisation, plans: Atlas
) -> None:
    async with away.client(acme.people["admin"].key) as admin:
        for method, what, said, expected in READS:
            answer = data(await admin.request(method, f"{plans.path}/{what}", json=said))
            assert answer | expected | {"graph_available": False} == answer, what
        await refused(admin, plans)
    assert data(await acme.client("admin").get(f"{plans.path}/stats"))["node_count"] == 3


async def refused(admin: httpx.AsyncClient, plans: Atlas) -> None:
    edge = {"source_id": plans.node_id("Ada"), "target_id": plans.node_id("Acme"), "type": "x"}
    for answer in (
        await admin.post(f"{plans.path}/nodes", json={"name": "New"}),
        await admin.post(f"{plans.path}/edges", json=edge),
        await admin.delete(f"{plans.path}/nodes/{plans.node_id('Ada')}"),
        await admin.post(f"{plans.path}/import", content=b"", headers={"Content-Type": "application/x-ndjson"}),
    ):
        assert code(answer) == (503, "GRAPH_UNAVAILABLE")
