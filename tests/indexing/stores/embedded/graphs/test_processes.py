"""Several processes share a graph: each sees whole changes of the others, also of one that was killed."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from tests.contract.graphs.statements import only, scope
from tests.indexing.stores.embedded.graphs.soundness import unsound
from tests.indexing.stores.embedded.graphs.writer import BATCH, GRAPH
from tests.world.patience import PATIENCE

REPOSITORY = Path(__file__).parents[5]


async def beside(folder: Path, name: str, first: int, many: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.indexing.stores.embedded.graphs.writer",
        str(folder),
        name,
        str(first),
        str(many),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )


def file_in(folder: Path) -> Path:
    (place,) = (folder / GRAPH.name).glob("*.db")
    return place


async def documents_in(store: EmbeddedGraphs) -> set[str]:
    editions = [edition async for page in store.edition_ids(GRAPH) for edition, _ in page]
    return {edition.removeprefix("edn_") for edition in editions}


async def whole(store: EmbeddedGraphs, folder: Path) -> set[str]:
    """Every document there is has said all of it, and nothing else is there."""
    documents = await documents_in(store)
    for document in documents:
        chunks = [f"{document}.chk_{number}" for number in range(BATCH)]
        assert len(await store.spoken_of(GRAPH, chunks, only(document))) == BATCH
    ties = Counter(tie.target for tie in await store.ties(GRAPH, ["hub"], scope()))
    assert set(ties) == {document for document in documents if document.endswith("_t")}
    assert await asyncio.to_thread(unsound, file_in(folder)) == {}
    return documents


async def test_three_processes_write_and_nothing_is_lost(tmp_path: Path) -> None:
    processes = [await beside(tmp_path, name, 0, 6) for name in ("a", "b", "c")]
    for process in processes:
        await asyncio.wait_for(process.communicate(), PATIENCE * 4)
        assert process.returncode == 0
    store = EmbeddedGraphs(tmp_path)
    kept = {f"doc_{name}_{number}{end}" for name in "abc" for number in (1, 2, 4, 5) for end in ("", "_t")}
    assert await whole(store, tmp_path) == kept
    await store.aclose()


@pytest.mark.parametrize("seed", range(2))
async def test_a_process_killed_while_it_writes_leaves_whole_changes(tmp_path: Path, seed: int) -> None:
    chance, first = random.Random(seed), 0
    store = EmbeddedGraphs(tmp_path)
    for _ in range(2):
        process = await beside(tmp_path, "k", first, 1_000)
        assert process.stdout is not None
        for _ in range(chance.randint(1, 4)):
            said = int(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
        await asyncio.sleep(chance.random() / 20)  # anywhere in the next changes
        process.kill()
        said = max([said, *(int(line) for line in (await process.stdout.read()).split())])
        await process.wait()
        documents = await whole(store, tmp_path)
        assert {f"doc_k_{said}", f"doc_k_{said}_t"} <= documents
        first = said + 2
    await store.aclose()
