"""A platform whose settings name a bucket keeps its files there, and says so when it cannot."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from app.blobs.s3 import S3Place
from app.blobs.s3.client import open_client
from tests.app.http.test_model_avatars import picture, sent
from tests.world.models import Shop, code, data
from tests.world.patience import eventually
from tests.world.platform import fresh
from tests.world.s3 import ACCESS_KEY, SECRET_KEY, s3_server


async def blobs_are(client: httpx.AsyncClient, state: str) -> bool:
    parts = data(await client.get("/health/detailed"))["dependencies"]
    return any((part["name"], part["state"]) == ("blobs", state) for part in parts)


async def test_pictures_are_kept_in_the_bucket_and_a_store_that_is_away_is_said_to_be() -> None:
    with s3_server() as address:
        bucket = open_client(S3Place("files", address, "us-east-1", ACCESS_KEY, SECRET_KEY))
        await asyncio.to_thread(lambda: bucket.create_bucket(Bucket="files"))
        named: dict[str, Any] = {"s3_bucket": "files", "s3_endpoint_url": address, "s3_access_key": ACCESS_KEY}
        async with fresh(**named, s3_secret_key=SECRET_KEY) as running, running.client(running.root_key) as root:
            model = await Shop(root).model(backends=[])
            shown = data(await sent(root, model["id"], picture()))
            listing = await asyncio.to_thread(lambda: bucket.list_objects_v2(Bucket="files"))
            assert [one["Key"] for one in listing["Contents"]] == [f"model-avatars/{model['id']}"]
            assert (await root.get(shown["avatar_url"])).content[:4] == b"\x89PNG"
            await eventually(lambda: blobs_are(root, "up"))  # it may once have taken too long to say so
            await asyncio.to_thread(lambda: bucket.delete_object(Bucket="files", Key=f"model-avatars/{model['id']}"))
            await asyncio.to_thread(lambda: bucket.delete_bucket(Bucket="files"))
            assert code(await sent(root, model["id"], picture(size=(3, 3)))) == (502, "STORAGE_ERROR")
            assert data(await root.get(f"/v1/models/{model['id']}"))["avatar_url"] == shown["avatar_url"]
            assert await blobs_are(root, "down")
        bucket.close()
