"""Puts that arrive while one waits for the disk share a transaction, and none of them another's faults."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from indexing.errors import StoreUnavailable, UnfitVectors
from indexing.stores.embedded.gathering import Gathering
from indexing.stores.vectors import Entry, Index

HERE = Index("tnt_1", "col_1", "C1")
THERE = Index("tnt_2", "col_2", "C2")


def entry(name: str) -> Entry:
    return Entry(name, "doc_1", 1, name, np.ones(3, dtype=np.float32))


class Disk:
    """Somewhere to keep things, that can be slow and refuses what is bad."""

    def __init__(self) -> None:
        self.kept: list[tuple[Index, list[str]]] = []
        self.go = asyncio.Event()

    async def keep(self, index: Index, entries: Sequence[Entry]) -> None:
        await self.go.wait()
        names = [one.chunk_id for one in entries]
        if "bad" in names:
            raise UnfitVectors("It is bad.")
        self.kept.append((index, names))


async def test_those_who_come_meanwhile_are_kept_together_index_by_index() -> None:
    disk = Disk()
    gathering = Gathering(disk.keep)
    puts = [asyncio.create_task(gathering.put(index, [entry(name)])) for name in "abc" for index in (HERE, THERE)]
    await asyncio.sleep(0)
    puts.append(asyncio.create_task(gathering.put(HERE, [entry("d")])))
    await asyncio.sleep(0)
    disk.go.set()
    await asyncio.gather(*puts)
    assert sorted(names for index, names in disk.kept if index == THERE) == [["a", "b", "c"]]
    assert [name for index, names in disk.kept if index == HERE for name in names] == ["a", "b", "c", "d"]
    assert len(disk.kept) == 3


async def test_what_is_wrong_with_one_costs_the_others_nothing_and_a_closed_store_says_so() -> None:
    disk = Disk()
    gathering = Gathering(disk.keep)
    puts = [asyncio.create_task(gathering.put(HERE, [entry(name)])) for name in ("a", "bad", "c")]
    disk.go.set()
    answers = await asyncio.gather(*puts, return_exceptions=True)
    assert [isinstance(answer, UnfitVectors) for answer in answers] == [False, True, False]
    assert sorted(name for _, names in disk.kept for name in names) == ["a", "c"]

    async def closed(_index: Index, _entries: Sequence[Entry]) -> None:
        raise StoreUnavailable("The vector store is closed.")

    with pytest.raises(StoreUnavailable):
        await Gathering(closed).put(replace(HERE, name="C3"), [entry("e")])


async def test_who_leaves_takes_nobody_along() -> None:
    disk = Disk()
    gathering = Gathering(disk.keep)
    puts = [asyncio.create_task(gathering.put(HERE, [entry(name)])) for name in "abc"]
    await asyncio.sleep(0)
    puts[1].cancel()
    disk.go.set()
    await asyncio.gather(puts[0], puts[2])
    assert {"a", "c"} <= {name for _, names in disk.kept for name in names}
