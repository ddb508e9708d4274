"""Blobs in a folder are replaced whole and never outside of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.blobs.folder import FolderBlobs


async def test_what_is_put_is_got_until_it_is_deleted(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    assert await blobs.get("a/b") is None
    await blobs.put("a", b"beside")
    await blobs.put("a/b", b"one")
    await blobs.put("a/b", b"two")
    assert (await blobs.get("a/b"), await blobs.get("a")) == (b"two", b"beside")
    await blobs.delete("a/b")
    await blobs.delete("a/b")
    assert await blobs.get("a/b") is None


async def test_whoever_reads_while_it_is_replaced_gets_one_or_the_other_whole(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    versions = [bytes([number]) * 300_000 for number in range(8)]
    await blobs.put("x", versions[0])
    async with asyncio.TaskGroup() as tasks:
        for version in versions:
            tasks.create_task(blobs.put("x", version))
        read = [tasks.create_task(blobs.get("x")) for _ in range(20)]
    assert {task.result() for task in read} <= set(versions)
    assert _inside(tmp_path) == ["x.blob"]


@pytest.mark.parametrize("key", ["", "..", "../x", "/etc/x", "a//b", "a/", "a\x00", "a\n", "ä"])
async def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        await FolderBlobs(tmp_path / "in").put(key, b"x")
    assert _inside(tmp_path) == []


def _inside(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
