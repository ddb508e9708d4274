"""A bucket keeps blobs as every store of them does, and says its failures as one."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import pkgutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import botocore
import pytest
from botocore.exceptions import ConnectionClosedError

from app.blobs.errors import StorageError
from app.blobs.ports import BlobStore
from app.blobs.s3 import S3Blobs, S3Place, open_bucket
from app.blobs.s3.bucket import Bucket
from app.blobs.s3.failures import translated
from app.blobs.s3.uploads import PART_BYTES, Upload
from app.clock import SystemClock
from app.ids import new_id
from tests.contract.blobs import LARGE, BlobStoreContract, keys, streamed
from tests.world.s3 import ACCESS_KEY, SECRET_KEY, s3_server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with s3_server() as address:
        yield address


def store_at(address: str, folder: Path, secret_key: str = SECRET_KEY) -> S3Blobs:
    return open_bucket(S3Place("a-bucket", address, "us-east-1", ACCESS_KEY, secret_key), folder, SystemClock())


@pytest.fixture(scope="module")
async def connected(address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[S3Blobs]:
    store = store_at(address, tmp_path_factory.mktemp("s3"))
    yield store
    await store.aclose()


@pytest.fixture
async def blobs(connected: S3Blobs) -> S3Blobs:
    """A bucket of this test alone, listed by small pages."""
    name = new_id("b").lower().replace("_", "-")
    await asyncio.to_thread(lambda: connected.bucket.client.create_bucket(Bucket=name))
    return dataclasses.replace(connected, bucket=Bucket(connected.bucket.client, name, page=50))


def uploads(bucket: Bucket) -> list[str]:
    """The uploads that have not ended."""
    answer = bucket.client.list_multipart_uploads(Bucket=bucket.name)
    return [one["Key"] for one in answer.get("Uploads", [])]


class TestS3(BlobStoreContract):
    """A bucket of a server that speaks S3."""

    many = 120

    @pytest.fixture
    def blobs(self, blobs: S3Blobs) -> BlobStore:
        return blobs


async def test_only_a_large_file_is_sent_in_parts_and_an_upload_that_breaks_off_is_ended(blobs: S3Blobs) -> None:
    async def ends_badly() -> AsyncIterator[bytes]:
        yield LARGE
        assert await asyncio.to_thread(uploads, blobs.bucket) == ["a/b"]
        raise KeyError

    with pytest.raises(KeyError):
        await blobs.put_stream("a/b", ends_badly())
    assert await asyncio.to_thread(uploads, blobs.bucket) == []
    assert blobs.bucket.writing == set()


async def test_an_upload_that_a_killed_process_left_is_swept_and_what_is_not_ours_stays(blobs: S3Blobs) -> None:
    def left_behind() -> None:
        Upload(blobs.bucket, "a/b").add(LARGE[:PART_BYTES])
        blobs.bucket.writing.clear()
        blobs.bucket.client.create_multipart_upload(Bucket=blobs.bucket.name, Key="backup.tar")

    await asyncio.to_thread(left_behind)
    assert await blobs.sweep() == 1
    assert await asyncio.to_thread(uploads, blobs.bucket) == ["backup.tar"]


class EndingUnheard:
    """A client that completes an upload, or not, and never hears of it."""

    def __init__(self, client: Any, *, arrives: bool) -> None:
        self._client, self._arrives = client, arrives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def complete_multipart_upload(self, **asked: Any) -> None:
        if self._arrives:
            self._client.complete_multipart_upload(**asked)
        raise ConnectionClosedError(endpoint_url="it")


async def test_an_upload_whose_end_was_not_heard_of_has_ended_well(blobs: S3Blobs) -> None:
    bucket = Bucket(EndingUnheard(blobs.bucket.client, arrives=True), blobs.bucket.name)
    written = await dataclasses.replace(blobs, bucket=bucket).put_stream("a/b", streamed(LARGE))
    assert (written.size_bytes, await blobs.get("a/b")) == (len(LARGE), LARGE)


async def test_an_upload_whose_end_did_not_arrive_leaves_what_was_there(blobs: S3Blobs) -> None:
    bucket = Bucket(EndingUnheard(blobs.bucket.client, arrives=False), blobs.bucket.name)
    await blobs.put("a/b", b"before")
    with pytest.raises(StorageError, match="ConnectionClosedError"):
        await dataclasses.replace(blobs, bucket=bucket).put_stream("a/b", streamed(LARGE))
    assert (await blobs.get("a/b"), await asyncio.to_thread(uploads, bucket)) == (b"before", [])


async def test_what_is_not_ours_in_the_bucket_is_not_listed(blobs: S3Blobs) -> None:
    await asyncio.to_thread(lambda: blobs.bucket.client.put_object(Bucket=blobs.bucket.name, Key="x.tar", Body=b"x"))
    await blobs.put("a", b"x")
    assert await keys(blobs, "") == ["a"]


async def test_what_was_changed_behind_our_back_is_not_given_as_if_it_were_whole(blobs: S3Blobs) -> None:
    await blobs.put("a", b"what was put")
    client, place = blobs.bucket.client, {"Bucket": blobs.bucket.name, "Key": "a"}
    kept = await asyncio.to_thread(lambda: client.head_object(**place)["Metadata"])
    await asyncio.to_thread(lambda: client.put_object(**place, Body=b"something else", Metadata=kept))
    with pytest.raises(StorageError, match="not what it was given"):
        await blobs.get("a")
    with pytest.raises(StorageError):
        async with blobs.as_file("a"):
            pass
    async with blobs.read("a") as pieces:
        assert pieces is not None
        with pytest.raises(StorageError):
            [piece async for piece in pieces]


async def test_no_file_stays_on_this_machine(blobs: S3Blobs) -> None:
    await blobs.put("a", b"x")
    async with blobs.as_file("a") as file:
        assert file is not None
        assert await blobs.sweep() == 0
        assert file.read_bytes() == b"x"
    assert list(blobs.folder.iterdir()) == []


async def test_a_store_that_is_away_or_has_no_such_bucket_is_a_storage_error(blobs: S3Blobs, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = store_at(f"http://127.0.0.1:{nobody.getsockname()[1]}", tmp_path)
        elsewhere = dataclasses.replace(blobs, bucket=Bucket(blobs.bucket.client, "no-such-bucket"))
        for store in (away, elsewhere):
            for deed in (
                store.answers(),
                store.put("a", b"x"),
                store.put_stream("a", streamed(LARGE)),
                store.get("a"),
                store.delete("a"),
                store.copy("a", "b"),
                keys(store, ""),
                store.sweep(),
            ):
                with pytest.raises(StorageError) as failed:
                    await deed
                assert SECRET_KEY not in failed.value.message
        await away.aclose()


def every_exception_of(package: ModuleType) -> Iterator[type[Exception]]:
    """Every exception class that the modules of a package define and can raise at a call."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if any(f".{part}" in found.name for part in ("vendored", "crt", "docs", "__main__")):
            continue
        for thing in vars(importlib.import_module(found.name)).values():
            if isinstance(thing, type) and issubclass(thing, Exception) and thing.__module__ == found.name:
                yield thing


NEVER_RAISED_AT_US = {
    "botocore.eventstream": "answers that are streams of events: we ask for none",
    "botocore.model": "the library's description of S3 would be broken",
    "botocore.utils": "caught by the library itself while it looks for what the machine is given",
    "UndefinedModelAttributeError": "as botocore.model",
    "MissingServiceIdError": "as botocore.model",
}


def passes(kind: type[Exception]) -> bool:
    try:
        with translated():
            raise kind.__new__(kind)
    except StorageError:
        return False
    except kind:
        return True


def test_no_exception_of_the_library_passes_the_border() -> None:
    kinds = [kind for package in (botocore, boto3) for kind in every_exception_of(package)]
    unknown = [kind for kind in kinds if passes(kind) and not issubclass(kind, Warning)]
    assert [kind for kind in unknown if not {kind.__module__, kind.__name__} & NEVER_RAISED_AT_US.keys()] == []
