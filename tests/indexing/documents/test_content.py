"""What comes in is kept under a key of its own, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.blobs.folder import FolderBlobs
from app.blobs.ports import Written
from indexing.documents.content import ContentKeeping
from tests.indexing.documents.filing import blobs_of
from tests.world.patience import until
from tests.world.people import Organisation


class Dawdling(FolderBlobs):
    """Keeps a stream, and takes its time to say so."""

    async def put_stream(self, key: str, parts: AsyncIterator[bytes]) -> Written:
        written = await super().put_stream(key, parts)
        await asyncio.sleep(3600)
        return written


async def some() -> AsyncIterator[bytes]:
    yield b"a plan"


async def test_whoever_is_cancelled_once_all_was_kept_leaves_nothing(acme: Organisation) -> None:
    platform = acme.running.platform
    keeping = ContentKeeping(platform.transactions, Dawdling(acme.running.settings.home / "blobs"))

    async def bring() -> None:
        async with keeping.keeping(acme.id, some()):
            pytest.fail("it was cancelled before")

    bringing = asyncio.create_task(bring())
    await until(lambda: any(path.suffix == ".blob" for path in blobs_of(acme.running, acme.id)))
    bringing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bringing
    assert blobs_of(acme.running, acme.id) == []
