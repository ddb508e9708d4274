"""Pictures of personas: drawn anew, kept where the module says, given to anybody, and lost by no failure."""

from __future__ import annotations

from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.personas import at, persona, published
from tests.world.platform import Running
from tests.world.s3 import ACCESS_KEY, SECRET_KEY, s3_server

CONFIG = "/v1/modules/scaipersona/config"


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400)) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "red").save(written, kind)
    return written.getvalue()


async def sent(client: httpx.AsyncClient, one: object, content: bytes) -> httpx.Response:
    return await client.post(at(one, "avatar"), files={"file": ("x.html", content, "text/html")})


@pytest.mark.parametrize(("kind", "media"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "png"), ("GIF", "png")])
async def test_a_picture_is_drawn_anew_and_given_to_anybody(
    running: Running, acme: Organisation, kind: str, media: str
) -> None:
    """Served back through `GET /personas/{id}/avatar` (public, no auth)."""
    admin, one = acme.client("admin"), await persona(acme.client("admin"))
    shown = data(await sent(admin, one, picture(kind)))
    assert shown["avatar_url"].startswith(at(one, "avatar?v="))
    async with running.client() as anybody:
        answer = await anybody.get(shown["avatar_url"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{media}")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert Image.open(BytesIO(answer.content)).size == (512, 256)
        missing = await anybody.get("/v1/modules/scaipersona/personas/per_missing/avatar")
        assert code(missing) == (404, "PERSONA_AVATAR_NOT_FOUND")
    kept = await running.platform.blobs.get(f"scaipersona/{acme.id}/{one['id']}/avatar")
    assert kept == answer.content


async def test_a_published_personas_model_carries_its_picture(acme: Organisation) -> None:
    """Editing a persona while it's published auto-syncs the frontend model on the next `POST /personas/{id}/avatar`."""
    admin, one = acme.client("admin"), await published(acme.client("admin"))
    shown = data(await sent(admin, one, picture()))
    path = f"/v1/models/{one['published_slug']}"
    assert data(await admin.get(path))["avatar_url"] == shown["avatar_url"]
    assert data(await admin.delete(at(one, "avatar"))) == {"deleted": True}
    assert data(await admin.get(path))["avatar_url"] is None
    assert code(await admin.get(at(one, "avatar"))) == code(await admin.delete(at(one, "avatar")))


async def test_what_is_no_picture_or_too_much_of_one_changes_nothing(acme: Organisation) -> None:
    admin, one = acme.client("admin"), await persona(acme.client("admin"))
    for content in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:60], picture("BMP")):
        assert code(await sent(admin, one, content)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert code(await sent(admin, one, bytes(2 * 2**20 + 1))) == (413, "PAYLOAD_TOO_LARGE")
    assert code(await sent(admin, one, picture(size=(5000, 10)))) == (422, "VALIDATION_ERROR")
    assert data(await admin.get(at(one))) == one


async def test_a_picture_goes_with_its_persona(running: Running, acme: Organisation) -> None:
    admin, one = acme.client("admin"), await persona(acme.client("admin"))
    shown = data(await sent(admin, one, picture()))
    data(await admin.delete(at(one)))
    assert code(await admin.get(shown["avatar_url"])) == (404, "PERSONA_AVATAR_NOT_FOUND")
    assert await running.platform.blobs.get(f"scaipersona/{acme.id}/{one['id']}/avatar") is None


async def test_a_stale_version_is_refused_before_anything_is_kept(acme: Organisation) -> None:
    admin, one = acme.client("admin"), await persona(acme.client("admin"))
    stale = await admin.post(
        at(one, "avatar"), files={"file": ("x.png", picture(), "image/png")}, headers={"If-Match": '"99"'}
    )
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert await acme.running.platform.blobs.get(f"scaipersona/{acme.id}/{one['id']}/avatar") is None


async def test_pictures_go_to_the_bucket_of_the_module_and_a_failing_one_changes_nothing(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    """The S3 / Garage put failed: bucket credentials misconfigured in module settings, region mismatch, disk full. The
    persona's `avatar_url` is not updated on failure — retry after fixing the underlying storage issue."""
    admin, one = acme.client("admin"), await published(acme.client("admin"))
    with s3_server() as address:
        there = {"s3_endpoint_url": address, "s3_access_key": ACCESS_KEY, "s3_secret_key": SECRET_KEY}
        here = {"tenant_id": acme.id}
        data(await root.put(CONFIG, json={**there, "s3_bucket": "no-such-bucket"}, params=here))
        assert code(await sent(admin, one, picture())) == (502, "STORAGE_ERROR")
        assert data(await admin.get(at(one)))["avatar_url"] is None
        assert data(await admin.get(f"/v1/models/{one['published_slug']}"))["avatar_url"] is None
        checks = {check["id"]: check for check in data(await admin.get(at(one, "diagnose")))["checks"]}
        assert (checks["avatar"]["verdict"], "NoSuchBucket" in str(checks)) == ("problem", False)
        async with httpx.AsyncClient(base_url=address) as bucket:
            assert (await bucket.put("/pictures")).status_code == 200
        data(await root.put(CONFIG, json={"s3_bucket": "pictures"}, params=here))
        shown = data(await sent(admin, one, picture()))
        assert (await admin.get(shown["avatar_url"])).status_code == 200
        key = f"scaipersona/{acme.id}/{one['id']}/avatar"
        assert await acme.running.platform.blobs.get(key) is None
        assert await (await acme.running.platform.pictures.of(acme.id)).get(key) is not None
