"""What every store of blobs keeps to, whoever keeps them; each adapter's test module says which store."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from app.blobs.ports import BlobStore, Kept, Span, Written
from app.clock import SystemClock

MEGABYTE = 2**20
LARGE = random.Random(7).randbytes(6 * MEGABYTE + 123)  # more than one part of an upload


class BrokenOff(Exception):
    """The stream a client sent ended too early."""


async def streamed(data: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for begin in range(0, len(data), size):
        await asyncio.sleep(0)
        yield data[begin : begin + size]


async def broken(data: bytes) -> AsyncIterator[bytes]:
    async for part in streamed(data):
        yield part
    raise BrokenOff


async def listed(blobs: BlobStore, prefix: str) -> list[Kept]:
    return sorted([kept async for kept in blobs.keys(prefix)], key=lambda kept: kept.key)


async def keys(blobs: BlobStore, prefix: str) -> list[str]:
    return [kept.key for kept in await listed(blobs, prefix)]


async def read(blobs: BlobStore, key: str) -> Sequence[bytes] | None:
    async with blobs.read(key) as pieces:
        return None if pieces is None else [piece async for piece in pieces]


class BlobStoreContract:
    """Give `blobs` a store that nobody else writes to, and `many` more keys than it lists at once."""

    many = 1_203

    async def test_what_is_put_is_got_until_it_is_deleted(self, blobs: BlobStore) -> None:
        assert await blobs.get("a/b") is None
        await blobs.put("a", b"beside")
        await blobs.put("a/b", b"one")
        await blobs.put("a/b", b"two")
        assert (await blobs.get("a/b"), await blobs.get("a")) == (b"two", b"beside")
        assert [await blobs.delete("a/b"), await blobs.delete("a/b")] == [True, False]
        assert (await blobs.get("a/b"), await blobs.get("a")) == (None, b"beside")

    @pytest.mark.parametrize("data", [b"", b"x", LARGE[:MEGABYTE], LARGE], ids=["none", "one", "megabyte", "large"])
    async def test_a_stream_is_kept_whole_with_its_checksum(self, blobs: BlobStore, data: bytes) -> None:
        written = await blobs.put_stream("documents/t/d/1", streamed(data))
        assert written == Written(len(data), hashlib.sha256(data).hexdigest())
        assert await blobs.get("documents/t/d/1") == data
        pieces = await read(blobs, "documents/t/d/1")
        assert pieces is not None
        assert b"".join(pieces) == data
        assert max((len(piece) for piece in pieces), default=0) <= MEGABYTE
        async with blobs.as_file("documents/t/d/1") as file:
            assert file is not None
            assert file.read_bytes() == data

    async def test_some_bytes_of_it_are_read_and_no_others(self, blobs: BlobStore) -> None:
        await blobs.put_stream("a", streamed(LARGE))
        for first, length in ((0, 1), (5, 7), (MEGABYTE - 3, 900_000), (len(LARGE) - 4, 4), (0, len(LARGE))):
            async with blobs.read("a", Span(first, length)) as pieces:
                assert pieces is not None
                assert b"".join([piece async for piece in pieces]) == LARGE[first : first + length]
        async with blobs.read("b", Span(0, 1)) as pieces:
            assert pieces is None

    @pytest.mark.parametrize("data", [b"", LARGE[:MEGABYTE], LARGE], ids=["none", "megabyte", "large"])
    async def test_a_stream_that_breaks_off_leaves_nothing(self, blobs: BlobStore, data: bytes) -> None:
        with pytest.raises(BrokenOff):
            await blobs.put_stream("a/b", broken(data))
        assert (await blobs.get("a/b"), await keys(blobs, "")) == (None, [])

    async def test_a_stream_that_breaks_off_leaves_what_was_there(self, blobs: BlobStore) -> None:
        await blobs.put("a/b", b"before")
        with pytest.raises(BrokenOff):
            await blobs.put_stream("a/b", broken(LARGE))
        assert await blobs.get("a/b") == b"before"

    async def test_whoever_is_cancelled_while_streaming_leaves_nothing(self, blobs: BlobStore) -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield LARGE[:MEGABYTE]
                begun.set()

        writing = asyncio.create_task(_kept(blobs, "a/b", endless()))
        await begun.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await keys(blobs, "") == []

    async def test_whoever_reads_while_it_is_replaced_gets_one_or_the_other_whole(self, blobs: BlobStore) -> None:
        versions = [bytes([number]) * 300_000 for number in range(8)]
        await blobs.put("x", versions[0])
        async with asyncio.TaskGroup() as tasks:
            for version in versions:
                tasks.create_task(blobs.put("x", version))
            got = [tasks.create_task(blobs.get("x")) for _ in range(10)]
            streams = [tasks.create_task(read(blobs, "x")) for _ in range(10)]
        assert {task.result() for task in got} <= set(versions)
        assert {b"".join(task.result() or [b"none"]) for task in streams} <= set(versions)

    async def test_a_reader_may_stop_in_the_middle(self, blobs: BlobStore) -> None:
        await blobs.put("a", LARGE)
        for _ in range(20):
            async with blobs.read("a") as pieces:
                assert pieces is not None
                assert LARGE.startswith(await anext(pieces))

    async def test_nothing_is_read_where_nothing_is_kept(self, blobs: BlobStore) -> None:
        assert await read(blobs, "a") is None
        async with blobs.as_file("a") as file:
            assert file is None
        assert await blobs.copy("a", "b") is False
        assert await keys(blobs, "") == []

    async def test_a_copy_lives_on_its_own(self, blobs: BlobStore) -> None:
        await blobs.put("a/b", b"one")
        assert await blobs.copy("a/b", "c/d/e")
        assert await blobs.copy("a/b", "c/d/e"), "copied twice is copied once"
        await blobs.put("a/b", b"two")
        assert (await blobs.get("c/d/e"), await blobs.get("a/b")) == (b"one", b"two")
        assert await blobs.copy("a/b", "c/d/e")
        await blobs.delete("a/b")
        assert await blobs.get("c/d/e") == b"two"
        assert await keys(blobs, "") == ["c/d/e"]

    async def test_keys_are_listed_by_whole_segments(self, blobs: BlobStore) -> None:
        for key in ("a", "a/b", "a/b/c", "a/bc", "ab", "b/a"):
            await blobs.put(key, key.encode())
        assert await keys(blobs, "") == ["a", "a/b", "a/b/c", "a/bc", "ab", "b/a"]
        assert await keys(blobs, "a") == await keys(blobs, "a/") == ["a", "a/b", "a/b/c", "a/bc"]
        assert await keys(blobs, "a/b") == ["a/b", "a/b/c"]
        assert await keys(blobs, "nothing") == []

    async def test_a_listing_says_size_and_age(self, blobs: BlobStore) -> None:
        await blobs.put_stream("a/b", streamed(b"12345"))
        (kept,) = await listed(blobs, "a")
        assert kept.size_bytes == 5
        assert abs(SystemClock().now() - kept.changed_at) < timedelta(minutes=5)

    async def test_more_keys_than_one_page_are_all_listed(self, blobs: BlobStore) -> None:
        wanted = [f"many/{number:04}" for number in range(self.many)]
        for begin in range(0, len(wanted), 50):
            await asyncio.gather(*(blobs.put(key, b"x") for key in wanted[begin : begin + 50]))
        assert await keys(blobs, "many") == wanted

    async def test_what_is_listed_may_be_deleted_on_the_way(self, blobs: BlobStore) -> None:
        for number in range(30):
            await blobs.put(f"many/{number}", b"x")
        async for kept in blobs.keys("many"):
            assert await blobs.delete(kept.key)
        assert await keys(blobs, "") == []

    @pytest.mark.parametrize("key", ["", "..", "../x", "/etc/x", "a//b", "a/", "a\x00", "a\n", "ä", "a.b"])
    async def test_no_key_is_taken_that_leads_elsewhere(self, blobs: BlobStore, key: str) -> None:
        for deed in (blobs.put(key, b"x"), blobs.get(key), blobs.delete(key), blobs.copy("a", key)):
            with pytest.raises(ValueError, match="no key"):
                await deed
        with pytest.raises(ValueError, match="no key"):
            await blobs.put_stream(key, streamed(b"x"))

    async def test_it_answers_and_sweeps_nothing_that_is_kept_or_being_written(self, blobs: BlobStore) -> None:
        async def slow() -> AsyncIterator[bytes]:
            yield LARGE
            await blobs.sweep()
            yield b"end"

        await blobs.answers()
        await blobs.put_stream("a/b", slow())
        await blobs.sweep()
        assert await blobs.get("a/b") == LARGE + b"end"


async def _kept(blobs: BlobStore, key: str, parts: AsyncIterator[bytes]) -> Written:
    return await blobs.put_stream(key, parts)
