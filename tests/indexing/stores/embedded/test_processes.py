"""Several processes share an index: each sees whole changes of the others, also of one that was killed."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Scope
from tests.contract.vectors.keeping import every_chunk
from tests.indexing.stores.embedded.writer import BATCH, INDEX, Oracle, batch
from tests.world.by_night import by_night
from tests.world.patience import PATIENCE

REPOSITORY = Path(__file__).parents[4]


async def beside(deed: str, folder: Path, *numbers: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.indexing.stores.embedded.writer",
        deed,
        str(folder),
        *map(str, numbers),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )


async def wander_beside_others(folder: Path, seed: int, steps: int) -> None:
    others = [await beside("wander", folder, seed + number, steps) for number in (1, 2)]
    store, oracle = EmbeddedVectors(folder), Oracle(seed)
    for _ in range(steps):
        await oracle.step(store)
        await oracle.compare(store)
    kept = set(oracle.kept)
    for process in others:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE * 4)
        assert process.returncode == 0
        kept |= set(said.decode().split())
    assert set(await every_chunk(store, INDEX)) == kept
    await oracle.compare(store)
    await store.aclose()


async def test_three_processes_write_and_each_finds_what_it_kept(tmp_path: Path) -> None:
    await wander_beside_others(tmp_path, 20, 60)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 1000, 100))
async def test_three_processes_write_for_long(tmp_path: Path, seed: int) -> None:
    await wander_beside_others(tmp_path, seed, 600)


@pytest.mark.parametrize("seed", [0, *by_night(range(1, 4))])
async def test_a_process_killed_while_it_puts_leaves_whole_puts(tmp_path: Path, seed: int) -> None:
    chance, first, said = random.Random(seed), 0, set[int]()
    store = EmbeddedVectors(tmp_path)
    for _ in range(3):
        process = await beside("fill", tmp_path, first)
        assert process.stdout is not None
        for _ in range(chance.randint(1, 4)):
            said.add(int(await asyncio.wait_for(process.stdout.readline(), PATIENCE)))
        await asyncio.sleep(chance.random() / 30)  # anywhere in the next puts
        process.kill()
        said |= {int(line) for line in (await process.stdout.read()).split()}
        await process.wait()
        first = max(said) + 1
        await whole_puts_alone(store, said)
    await store.put(INDEX, batch(first))
    await whole_puts_alone(store, said | {first})
    await store.aclose()


async def whole_puts_alone(store: EmbeddedVectors, said: set[int]) -> None:
    """All that was said to be kept is, whole, and at most one more that nobody had time to say."""
    of_document = Counter(name.rsplit("_", 1)[0] for name in await every_chunk(store, INDEX))
    assert set(of_document.values()) == {BATCH}
    assert {f"chk_{number}" for number in said} <= set(of_document)
    everything = Scope(1, limit=sum(of_document.values()) + 1)
    assert len(await store.near(INDEX, batch(0)[0].vector, everything)) == sum(of_document.values())
    for name in of_document:
        assert len(await store.matching(INDEX, name.replace("chk", "doc"), everything)) >= BATCH
    assert len(await store.matching(INDEX, "passage", everything)) == sum(of_document.values())
