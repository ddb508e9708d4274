"""Roof, wiring: where documents and pictures are kept."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from app import checks
from app.blobs.folder import FolderBlobs
from app.blobs.ports import BlobStore
from app.clock import Clock
from app.loading import loading
from app.settings import Settings
from app.telemetry.health import Check


async def blob_store(stack: AsyncExitStack, settings: Settings, clock: Clock) -> tuple[BlobStore, Check]:
    """Keep them in a bucket where one is named, else in the home folder; and how to see that it works."""
    if not settings.s3_bucket:
        folder = FolderBlobs(settings.home / "blobs")
        return folder, checks.blobs_check(folder, embedded=True)
    with loading():
        from app.blobs.s3 import S3Place, open_bucket  # noqa: PLC0415 - its library takes most of a second to load

    place = S3Place(
        settings.s3_bucket,
        settings.s3_endpoint_url,
        settings.s3_region,
        settings.s3_access_key,
        settings.s3_secret_key.get_secret_value(),
    )
    bucket = await asyncio.to_thread(open_bucket, place, settings.home / "fetched", clock)
    stack.push_async_callback(bucket.aclose)
    return bucket, checks.blobs_check(bucket, embedded=False)
