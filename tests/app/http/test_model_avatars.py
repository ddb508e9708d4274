"""Pictures of models: drawn anew, given to anybody, and nothing else passed for one."""

from __future__ import annotations

import asyncio
import struct
import zlib
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image, PngImagePlugin

from tests.world.models import Shop, code, data
from tests.world.people import Organisation
from tests.world.platform import Running


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400), **options: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **options)
    return written.getvalue()


async def sent(client: httpx.AsyncClient, ref: str, content: bytes, media: str = "image/png") -> httpx.Response:
    return await client.post(f"/v1/models/{ref}/avatar", files={"file": ("x.html", content, media)})


@pytest.mark.parametrize(("kind", "media"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "png"), ("GIF", "png")])
async def test_a_picture_is_drawn_anew_and_given_to_anybody(
    running: Running, root: httpx.AsyncClient, kind: str, media: str
) -> None:
    model = await Shop(root).model(slug=f"pictured/{kind.lower()}", backends=[])
    shown = data(await sent(root, model["slug"], picture(kind), "text/html"))
    assert shown["avatar_url"].startswith(f"/v1/models/{model['id']}/avatar?v=")
    async with running.client() as anybody:
        for path in (
            shown["avatar_url"],
            f"/v1/models/{model['slug']}/avatar",
            f"/v1/models/pictured%2F{kind.lower()}/avatar",
        ):
            answer = await anybody.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{media}")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
            assert Image.open(BytesIO(answer.content)).size == (512, 256)
        again = await anybody.get(shown["avatar_url"], headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert data(await root.get(f"/v1/models/{model['id']}"))["avatar_url"] == shown["avatar_url"]


async def test_nothing_hidden_in_a_picture_is_kept(root: httpx.AsyncClient) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret-in-text")
    photograph = Image.Exif()
    photograph[0x010E] = "secret-in-exif"
    model = await Shop(root).model(backends=[])
    for content in (picture(pnginfo=notes) + b"secret-behind", picture("JPEG", exif=photograph) + b"secret-behind"):
        shown = data(await sent(root, model["id"], content))
        assert b"secret" not in (await root.get(shown["avatar_url"])).content


async def test_what_is_no_picture_or_too_much_of_one_is_refused(root: httpx.AsyncClient) -> None:
    model = await Shop(root).model(backends=[])
    for content in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:60], picture("BMP"), picture("TIFF")):
        assert code(await sent(root, model["id"], content)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert code(await sent(root, model["id"], b"\x89PNG\r\n\x1a\n" + bytes(2 * 2**20))) == (413, "PAYLOAD_TOO_LARGE")
    assert code(await sent(root, model["id"], picture(size=(5000, 10)))) == (422, "VALIDATION_ERROR")
    for side in (12_000, 60_000):  # some hundred bytes that would unfold to gigabytes
        assert (await sent(root, model["id"], _unfolding(side))).status_code in {415, 422}
    assert code(await root.post(f"/v1/models/{model['id']}/avatar", json={})) == (422, "VALIDATION_ERROR")
    assert data(await root.get(f"/v1/models/{model['id']}"))["avatar_url"] is None


async def test_only_who_manages_models_changes_pictures(root: httpx.AsyncClient, acme: Organisation) -> None:
    model = await Shop(root).model(backends=[])
    assert code(await sent(acme.client("admin"), model["id"], picture())) == (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await sent(root, "no/such", picture())) == (404, "MODEL_NOT_FOUND")


async def test_a_model_only_some_tenants_see_has_its_picture_by_id_alone(
    running: Running, root: httpx.AsyncClient, acme: Organisation
) -> None:
    model = await Shop(root).model(backends=[], visibility="tenants", tenant_ids=[acme.id])
    shown = data(await sent(root, model["id"], picture()))
    async with running.client() as anybody:
        assert (await anybody.get(shown["avatar_url"])).status_code == 200
        hidden = await anybody.get(f"/v1/models/{model['slug']}/avatar")
        missing = await anybody.get("/v1/models/no/such/avatar")
        assert code(hidden) == code(missing) == (404, "AVATAR_NOT_FOUND")


async def test_a_picture_goes_when_it_is_taken_away_and_with_its_model(root: httpx.AsyncClient) -> None:
    model = await Shop(root).model(backends=[])
    path = f"/v1/models/{model['id']}/avatar"
    assert code(await root.delete(path)) == (404, "AVATAR_NOT_FOUND")
    data(await sent(root, model["id"], picture()))
    assert data(await root.delete(path)) == {"deleted": True}
    assert code(await root.get(path)) == (404, "AVATAR_NOT_FOUND")
    data(await sent(root, model["id"], picture()))
    data(await root.delete(f"/v1/models/{model['id']}"))
    assert code(await root.get(path)) == (404, "AVATAR_NOT_FOUND")


async def test_pictures_sent_at_once_leave_one_of_them(root: httpx.AsyncClient) -> None:
    model = await Shop(root).model(backends=[])
    answers = await asyncio.gather(*(sent(root, model["id"], picture(size=(10 * n, 10))) for n in range(1, 6)))
    assert {answer.status_code for answer in answers} <= {200, 412}
    assert 200 in {answer.status_code for answer in answers}
    assert (await root.get(f"/v1/models/{model['id']}/avatar")).status_code == 200


def _unfolding(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
