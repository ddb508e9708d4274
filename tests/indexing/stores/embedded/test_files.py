"""A file for each index: opened late, bounded in number, dropped whole, and every trouble with one is said."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from app.checks import vectors_check
from app.telemetry.health import State
from indexing.errors import StoreUnavailable
from indexing.stores.embedded.layout import said_of
from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Entry, Index, Scope
from tests.contract.vectors.keeping import every_chunk
from tests.contract.vectors.passages import NORTH, chunks, ids, new_index, only, passage, toward
from tests.world.patience import PATIENCE


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
    store = EmbeddedVectors(tmp_path / "vectors", patience=0.2, open_files=3)
    yield store
    await store.aclose()


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
    """Another process would open the same folder in this way."""
    store = EmbeddedVectors(tmp_path / "vectors", patience=0.2)
    yield store
    await store.aclose()


def file_of(folder: Path, index: Index) -> Path:
    (place,) = (folder / "vectors" / index.name).glob("*.db")
    return place


def files_open() -> set[str]:
    """Databases, without their logs, that this process has open."""
    return {file.path for file in psutil.Process().open_files() if file.path.endswith(".db")}


async def asked(store: EmbeddedVectors, index: Index) -> list[str]:
    return chunks(await store.near(index, toward(NORTH), Scope(1)))


async def test_asking_makes_nothing(store: EmbeddedVectors, tmp_path: Path) -> None:
    await asked(store, new_index())
    assert not (tmp_path / "vectors").exists()
    await store.answers()
    assert list((tmp_path / "vectors").iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "../Out", "A/B", "A.B", "a", "A\0", "A\n", "Ä", "A" * 300, "A-B"])
async def test_no_name_leads_out_of_the_folder(store: EmbeddedVectors, name: str) -> None:
    index = Index("tnt_1", "col_1", name)
    with pytest.raises(ValueError, match="no name"):
        await store.put(index, [passage()])
    with pytest.raises(ValueError, match="no name"):
        await store.near(index, toward(NORTH), Scope(1))


async def test_few_files_are_open_however_many_there_are(store: EmbeddedVectors) -> None:
    indexes = [new_index() for _ in range(12)]
    for index in indexes:
        await store.put(index, [passage()])
    for index in indexes * 2:
        assert len(await asked(store, index)) == 1
    assert len([place for place in files_open() if any(index.name in place for index in indexes)]) <= 3


async def test_only_we_can_read_what_is_kept(store: EmbeddedVectors, tmp_path: Path) -> None:
    index = new_index()
    await store.put(index, [passage()])
    place = file_of(tmp_path, index)
    assert [path.stat().st_mode & 0o077 for path in (place, place.parent, place.parent.parent)] == [0, 0, 0]


async def test_an_index_is_dropped_while_others_have_it_open(
    store: EmbeddedVectors, other: EmbeddedVectors, tmp_path: Path
) -> None:
    index, before, after = new_index(), passage(), passage()
    await store.put(index, [before])
    assert await asked(other, index) == ids(before)
    place = file_of(tmp_path, index)
    assert await store.drop(index) == 1
    assert not place.exists()
    assert not place.parent.exists()
    assert await asked(other, index) == []
    await other.put(index, [after])
    assert await asked(store, index) == ids(after)
    assert file_of(tmp_path, index) != place


async def test_what_is_put_while_it_is_dropped_is_whole_or_gone(tmp_path: Path) -> None:
    store, other = (EmbeddedVectors(tmp_path, patience=PATIENCE) for _ in range(2))  # a disk may keep each waiting
    index = new_index()
    for _ in range(15):
        batch = [passage() for _ in range(5)]
        await asyncio.gather(other.put(index, batch), store.drop(index), store.drop(index))
        assert len(await every_chunk(store, index)) in {0, 5}
        assert await every_chunk(other, index) == await every_chunk(store, index)
    for one in (store, other):
        await one.aclose()


async def test_a_process_killed_while_dropping_has_dropped(store: EmbeddedVectors, tmp_path: Path) -> None:
    index = new_index()
    await store.put(index, [passage()])
    place = file_of(tmp_path, index)
    with contextlib.closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("UPDATE about SET dropped = 1")
    assert await asked(store, index) == []
    assert await store.remove(index, ["chk_1"]) == 0
    entry = passage()
    await store.put(index, [entry])
    assert await asked(store, index) == ids(entry)
    assert not place.exists()


async def test_a_process_killed_while_making_leaves_nothing(store: EmbeddedVectors, tmp_path: Path) -> None:
    index, entry = new_index(), passage()
    folder = tmp_path / "vectors" / index.name
    folder.mkdir(parents=True)
    (folder / "0123.part").write_bytes(b"half")
    assert await asked(store, index) == []
    await store.put(index, [entry])
    assert [path.suffix for path in folder.iterdir() if path.suffix == ".part"] == []
    assert await asked(store, index) == ids(entry)


async def test_another_tenants_put_is_refused(store: EmbeddedVectors) -> None:
    index = new_index()
    await store.put(index, [passage()])
    with pytest.raises(StoreUnavailable):
        await store.put(Index("tnt_else", index.collection_id, index.name), [passage()])
    assert len(await every_chunk(store, index)) == 1


async def test_an_erased_document_leaves_no_trace_in_its_folder(store: EmbeddedVectors, tmp_path: Path) -> None:
    index = new_index()
    gone = passage("doc_secret", "xylophonist embargo", 1.2345)
    await store.put(index, [passage("doc_left", f"ordinary words {number}") for number in range(300)])
    await store.put(index, [gone])
    traces = [b"xylophonist", b"embargo", b"doc_secret", gone.chunk_id.encode(), toward(1.2345).tobytes()]
    kept = b"".join(path.read_bytes() for path in file_of(tmp_path, index).parent.iterdir())
    assert all(trace in kept for trace in traces)
    assert await store.remove_documents(index, ["doc_secret"]) == 1
    left = b"".join(path.read_bytes() for path in file_of(tmp_path, index).parent.iterdir())
    assert [trace for trace in traces if trace in left] == []
    assert b"ordinari" in left


async def attempts(store: EmbeddedVectors, index: Index, *, writing_only: bool = False) -> None:
    """Every one of them says that the store is away."""
    asked: list[Callable[[], Awaitable[object]]] = [
        lambda: store.put(index, [passage()]),
        lambda: store.remove(index, ["a"]),
        lambda: store.remove_documents(index, ["a"]),
        lambda: store.near(index, toward(NORTH), Scope(1)),
        lambda: store.matching(index, "words", Scope(1)),
        lambda: store.vectors(index, ["a"]),
        lambda: every_chunk(store, index),
    ]
    for attempt in asked[:3] if writing_only else asked:
        with pytest.raises(StoreUnavailable):
            await attempt()


async def test_a_file_that_somebody_holds_can_be_read_and_not_written(store: EmbeddedVectors, tmp_path: Path) -> None:
    index, entry = new_index(), passage(text="words")
    await store.put(index, [entry])
    with contextlib.closing(sqlite3.connect(file_of(tmp_path, index), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert await asked(store, index) == ids(entry)
        await attempts(store, index, writing_only=True)
        with pytest.raises(StoreUnavailable):
            await store.drop(index)
        connection.execute("ROLLBACK")
    await store.put(index, [passage()])
    assert len(await asked(store, index)) == 2


@pytest.mark.parametrize("ruin", [b"", b"not a database at all", b"SQLite format 3\0" + b"\xff" * 9000])
async def test_a_ruined_file_is_said_and_can_be_dropped(tmp_path: Path, ruin: bytes) -> None:
    index, entry = new_index(), passage()
    first = EmbeddedVectors(tmp_path / "vectors")
    await first.put(index, [passage()])
    await first.aclose()
    file_of(tmp_path, index).write_bytes(ruin)
    store = EmbeddedVectors(tmp_path / "vectors", patience=0.2)
    await attempts(store, index)
    assert await store.drop(index) == 0
    await store.put(index, [entry])
    assert await asked(store, index) == ids(entry)
    await store.aclose()


async def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path, store: EmbeddedVectors) -> None:
    index = new_index()
    first = EmbeddedVectors(tmp_path / "vectors")
    await first.put(index, [passage()])
    await first.aclose()
    with contextlib.closing(sqlite3.connect(file_of(tmp_path, index))) as connection:
        connection.execute("PRAGMA user_version = 99")
    await attempts(store, index)


async def test_a_full_disk_keeps_nothing_of_what_was_put(store: EmbeddedVectors, tmp_path: Path) -> None:
    index, entry = new_index(), passage(text="kept")
    await store.put(index, [entry])
    many = [Entry(f"chk_{number}", "doc_1", 1, "some words", toward(1)) for number in range(3000)]
    with store._files.lent(index.name) as file:
        assert file is not None
        file.connection.execute("PRAGMA max_page_count = 40")
    with pytest.raises(StoreUnavailable):
        await store.put(index, many)
    assert await every_chunk(store, index) == ids(entry)
    assert chunks(await store.near(index, toward(NORTH), only(entry.document_id))) == ids(entry)
    await store.put(index, many)
    assert len(await every_chunk(store, index)) == 3001


async def test_the_health_page_is_told(store: EmbeddedVectors, tmp_path: Path) -> None:
    assert (await vectors_check(store, embedded=True).look()).state is State.EMBEDDED
    (tmp_path / "file").touch()
    blocked = EmbeddedVectors(tmp_path / "file")
    found = await vectors_check(blocked, embedded=True).look()
    assert found.state is State.DOWN
    assert "cannot be used" in found.notice
    await blocked.aclose()


async def test_a_closed_store_is_away(tmp_path: Path) -> None:
    store, index = EmbeddedVectors(tmp_path), new_index()
    await store.put(index, [passage()])
    await store.aclose()
    await attempts(store, index)
    await store.aclose()


def test_all_that_sqlite_and_the_disk_can_say_is_translated() -> None:
    said = [error for error in vars(sqlite3).values() if isinstance(error, type) and issubclass(error, Exception)]
    assert len(said) >= 10
    for error in said:
        if error is not sqlite3.Warning:  # is never raised
            assert issubclass(error, sqlite3.Error)
            assert "away" in said_of(error("away")).message
    secret = OSError(13, "Permission denied", "/srv/of/somebody")
    assert "/srv" not in said_of(secret).message
