"""Blobs in a folder: what is true of files alone."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.blobs.errors import StorageError
from app.blobs.files import UnfinishedFile, remove_empty
from app.blobs.folder import FolderBlobs

HOUR = 3600


def inside(folder: Path) -> list[str]:
    """Every file and folder, by its name from the top."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


async def one(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_deleting_the_last_of_a_folder_leaves_no_folder(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    await blobs.put("documents/t/d/1", b"x")
    await blobs.put("documents/t/d/1/text", b"x")
    await blobs.delete("documents/t/d/1")
    assert inside(tmp_path) == ["documents", "documents/t", "documents/t/d", "documents/t/d/1",
                                "documents/t/d/1/text.blob"]  # fmt: skip
    await blobs.delete("documents/t/d/1/text")
    assert inside(tmp_path) == []


async def test_putting_goes_on_while_others_take_the_folder_away(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)

    async def kept_and_deleted(name: str) -> None:
        for _ in range(15):
            await blobs.put(f"a/b/{name}", b"x")
            assert await blobs.get(f"a/b/{name}") == b"x"
            await blobs.delete(f"a/b/{name}")

    await asyncio.gather(*(kept_and_deleted(str(number)) for number in range(4)))
    assert inside(tmp_path) == []


def test_whoever_makes_a_folder_just_taken_away_makes_it_again(tmp_path: Path) -> None:
    place = tmp_path / "a/b/one"

    def made_and_taken_away() -> None:
        for _ in range(500):
            UnfinishedFile(place).drop()
            remove_empty(place.parent, up_to=tmp_path)

    with ThreadPoolExecutor(4) as others:
        for done in [others.submit(made_and_taken_away) for _ in range(4)]:
            done.result()
    assert inside(tmp_path) == []


async def test_a_copy_is_another_name_of_the_same_file_and_young(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    await blobs.put("a/b", b"x")
    long_ago = time.time() - HOUR
    os.utime(tmp_path / "a/b.blob", (long_ago, long_ago))
    await blobs.copy("a/b", "c/d")
    assert (tmp_path / "a/b.blob").samefile(tmp_path / "c/d.blob")
    (copied,) = [kept async for kept in blobs.keys("c")]
    assert copied.changed_at.timestamp() > long_ago + HOUR / 2


WRITES_FOR_EVER = """
import sys
from pathlib import Path
from app.blobs.files import UnfinishedFile, remove_empty
file = UnfinishedFile(Path(sys.argv[1]))
file.write(b"half" * 100_000)
print("begun", flush=True)
sys.stdin.read()
"""


def made_old(folder: Path) -> None:
    for path in folder.rglob("*.part"):
        os.utime(path, (0, 0))


async def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    writing = subprocess.Popen(  # noqa: ASYNC220 - begun at once, and read on a thread
        [sys.executable, "-c", WRITES_FOR_EVER, str(tmp_path / "a/b.blob")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with writing:
        try:
            assert writing.stdout is not None
            assert await asyncio.to_thread(writing.stdout.readline) == b"begun\n"
            made_old(tmp_path)
            assert await blobs.sweep() == 0
        finally:
            writing.send_signal(signal.SIGKILL)
    assert [kept async for kept in blobs.keys("")] == []
    assert await blobs.sweep() == 1
    assert inside(tmp_path) == []


async def test_what_was_begun_just_now_is_not_swept(tmp_path: Path) -> None:
    (tmp_path / ".x.part").write_bytes(b"not locked yet")
    assert await FolderBlobs(tmp_path).sweep() == 0


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "a/b.blob"
    file = UnfinishedFile(place)
    file.write(b"x")
    assert not place.exists()
    file.finish()
    file.drop()
    assert place.read_bytes() == b"x"


DEEDS: dict[str, Callable[[FolderBlobs], Awaitable[object]]] = {
    "put": lambda blobs: blobs.put("a/b", b"x"),
    "put_stream": lambda blobs: blobs.put_stream("a/b", one(b"x")),
    "answers": lambda blobs: blobs.answers(),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_what_the_file_system_refuses_is_a_storage_error_without_a_path(tmp_path: Path, deed: str) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(StorageError) as refused:
        await DEEDS[deed](FolderBlobs(tmp_path / "file" / "blobs"))
    assert str(tmp_path) not in refused.value.message
    assert refused.value.code == "STORAGE_ERROR"


async def test_reading_what_is_no_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "a.blob").mkdir()
    blobs = FolderBlobs(tmp_path)
    with pytest.raises(StorageError):
        await blobs.get("a")
    with pytest.raises(StorageError):
        async with blobs.read("a"):
            pass
    with pytest.raises(StorageError):
        await blobs.delete("a")
