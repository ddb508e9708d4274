"""A file for each graph: made late, dropped whole, erased without a trace, and every trouble with one is said."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.checks import graphs_check
from app.telemetry.health import State
from indexing.errors import StoreUnavailable
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import BY_HAND, HAND, Assertion, Mention, Size, Source, Statement
from indexing.stores.vectors import Index
from tests.contract.graphs.statements import (
    LAYER,
    by_hand,
    named,
    new_graph,
    put,
    says,
    scope,
    source,
    tie_of,
)
from tests.contract.graphs.wandering import Wanderer
from tests.indexing.stores.embedded.graphs.soundness import unsound


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedGraphs]:
    store = EmbeddedGraphs(tmp_path / "graphs", patience=0.2, open_files=3)
    yield store
    await store.aclose()


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[EmbeddedGraphs]:
    """Another process would open the same folder in this way."""
    store = EmbeddedGraphs(tmp_path / "graphs", patience=0.2)
    yield store
    await store.aclose()


def file_of(folder: Path, graph: Index) -> Path:
    (place,) = (folder / "graphs" / graph.name).glob("*.db")
    return place


def bytes_of(folder: Path, graph: Index) -> bytes:
    return b"".join(path.read_bytes() for path in file_of(folder, graph).parent.iterdir())


async def test_asking_makes_nothing(store: EmbeddedGraphs, tmp_path: Path) -> None:
    graph = new_graph()
    assert await store.present(graph, ["ada"], scope()) == set()
    await store.link(graph, [("ada", "grace")])
    assert not (tmp_path / "graphs").exists()


async def test_only_we_can_read_what_is_kept(store: EmbeddedGraphs, tmp_path: Path) -> None:
    graph = new_graph()
    await put(store, graph, says(source(), "ada"))
    place = file_of(tmp_path, graph)
    assert [path.stat().st_mode & 0o077 for path in (place, place.parent, place.parent.parent)] == [0, 0, 0]


async def test_what_only_an_erased_document_said_leaves_no_trace(store: EmbeddedGraphs, tmp_path: Path) -> None:
    graph = new_graph()
    await put(store, graph, *(says(source(f"doc_{number}"), f"left{number} LEFT ada") for number in range(300)))
    secret = Mention("xylophonist", "The Xylophonist", ("Musikant",), {"tell": "embargo"}, ("hammerer",))
    tie = tie_of("xylophonist BEFRIENDED ada")
    said = Statement(source("doc_secret", "chk_hidden"), [secret, named("ada")], [Assertion(tie, {"why": "chocolate"})])
    await store.put(graph, LAYER, [said])
    words = ["doc_secret", "chk_hidden", "xylophonist", "Xylophonist", "Musikant", "embargo", "hammerer"]
    traces = [word.encode() for word in [*words, "BEFRIENDED", "befriended", "chocolate"]]
    assert [trace for trace in traces if trace not in bytes_of(tmp_path, graph)] == []
    assert await store.remove_documents(graph, ["doc_secret"]) == 3
    left = bytes_of(tmp_path, graph)
    assert [trace for trace in traces if trace in left] == []
    assert b"left299" in left
    assert unsound(file_of(tmp_path, graph)) == {}


async def test_removed_in_slices_is_removed_whole(store: EmbeddedGraphs, tmp_path: Path) -> None:
    graph = new_graph()
    statements = [says(source("doc_1", f"chk_{number}"), f"p{number % 50} KNOWS hub") for number in range(2_300)]
    await put(store, graph, *statements, by_hand("hub"))
    await put(store, graph, *statements[:10], layer="2.1")
    assert await store.remove_layers_but(graph, ["2.1"]) == 2_300 * 3
    assert unsound(file_of(tmp_path, graph)) == {}
    assert await store.remove_documents(graph, ["doc_1"]) == 30
    assert await store.size(graph, LAYER) == Size(1, 0)
    assert unsound(file_of(tmp_path, graph)) == {}


@pytest.mark.parametrize(
    ("layer", "who", "name"),
    [(BY_HAND, source(), "ada"), (LAYER, HAND, "ada"), (LAYER, source(), "a\0b"), (LAYER, source(), "half \ud800")],
)
async def test_what_could_not_be_found_again_is_refused(
    store: EmbeddedGraphs, layer: str, who: Source, name: str
) -> None:
    graph = new_graph()
    with pytest.raises(ValueError, match=r"by hand|zero|surrogates"):
        await store.put(graph, layer, [Statement(who, [Mention(name, name)])])
    assert await store.drop(graph) == 0


async def test_a_graph_is_dropped_while_others_have_it_open(
    store: EmbeddedGraphs, other: EmbeddedGraphs, tmp_path: Path
) -> None:
    graph = new_graph()
    await put(store, graph, says(source(), "ada"))
    assert await other.present(graph, ["ada"], scope()) == {"ada"}
    place = file_of(tmp_path, graph)
    assert await store.drop(graph) == 1
    assert not place.parent.exists()
    assert await other.present(graph, ["ada"], scope()) == set()
    await put(other, graph, says(source(), "grace"))
    assert await store.present(graph, ["ada", "grace"], scope()) == {"grace"}


async def test_another_tenants_put_is_refused(store: EmbeddedGraphs) -> None:
    graph = new_graph()
    await put(store, graph, says(source(), "ada"))
    with pytest.raises(StoreUnavailable):
        await put(store, Index("tnt_else", graph.collection_id, graph.name), says(source(), "grace"))
    assert await store.size(graph, LAYER) == Size(1, 0)


async def test_a_file_that_somebody_holds_can_be_read_and_not_written(store: EmbeddedGraphs, tmp_path: Path) -> None:
    graph = new_graph()
    await put(store, graph, says(source(), "ada"))
    with contextlib.closing(sqlite3.connect(file_of(tmp_path, graph), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert await store.present(graph, ["ada"], scope()) == {"ada"}
        for attempt in (
            put(store, graph, says(source(), "grace")),
            store.link(graph, [("ada", "grace")]),
            store.remove_documents(graph, ["doc_1"]),
            store.drop(graph),
        ):
            with pytest.raises(StoreUnavailable):
                await attempt
        connection.execute("ROLLBACK")
    assert await store.present(graph, ["ada", "grace"], scope()) == {"ada"}


@pytest.mark.parametrize("ruin", [b"", b"not a database at all", b"SQLite format 3\0" + b"\xff" * 9000])
async def test_a_ruined_file_is_said_and_can_be_dropped(tmp_path: Path, ruin: bytes) -> None:
    graph, first = new_graph(), EmbeddedGraphs(tmp_path / "graphs")
    await put(first, graph, says(source(), "ada"))
    await first.aclose()
    file_of(tmp_path, graph).write_bytes(ruin)
    store = EmbeddedGraphs(tmp_path / "graphs", patience=0.2)
    for attempt in (store.present(graph, ["ada"], scope()), put(store, graph, says(source(), "grace"))):
        with pytest.raises(StoreUnavailable):
            await attempt
    assert await store.drop(graph) == 0
    await put(store, graph, says(source(), "grace"))
    assert await store.present(graph, ["ada", "grace"], scope()) == {"grace"}
    await store.aclose()


async def test_a_full_disk_keeps_nothing_of_what_was_put(store: EmbeddedGraphs, tmp_path: Path) -> None:
    graph = new_graph()
    await put(store, graph, says(source(), "ada"))
    many = [says(source(f"doc_x{number}"), f"one{number} KNOWS two{number}") for number in range(1_000)]
    with store._files.lent(graph.name) as file:
        assert file is not None
        file.connection.execute("PRAGMA max_page_count = 60")
    with pytest.raises(StoreUnavailable):
        await put(store, graph, *many)
    assert await store.size(graph, LAYER) == Size(1, 0)
    assert unsound(file_of(tmp_path, graph)) == {}
    await put(store, graph, *many)
    assert await store.size(graph, LAYER) == Size(2_001, 1_000)


async def test_the_health_page_is_told(store: EmbeddedGraphs, tmp_path: Path) -> None:
    assert (await graphs_check(store, embedded=True).look()).state is State.EMBEDDED
    (tmp_path / "file").touch()
    blocked = EmbeddedGraphs(tmp_path / "file")
    found = await graphs_check(blocked, embedded=True).look()
    assert found.state is State.DOWN
    assert "The graph store cannot be used" in found.notice
    await blocked.aclose()


async def test_a_closed_store_is_away(tmp_path: Path) -> None:
    store = EmbeddedGraphs(tmp_path)
    await store.aclose()
    with pytest.raises(StoreUnavailable):
        await store.present(new_graph(), ["ada"], scope())
    await store.aclose()


async def test_whatever_is_done_the_file_holds_what_is_said_and_nothing_else(
    store: EmbeddedGraphs, tmp_path: Path
) -> None:
    wanderer = Wanderer(store, new_graph(), random.Random(77))
    for _ in range(60):
        await wanderer.step()
        if (tmp_path / "graphs" / wanderer.graph.name).exists():
            assert unsound(file_of(tmp_path, wanderer.graph)) == {}
