"""Large files pass through piece by piece, both ways, and a download ends when the right to it does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from acl.permission import OWNER, VIEWER
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import deny, filed, form, let, path_of, sent
from tests.leakage.process import serving
from tests.world.models import data
from tests.world.patience import PATIENCE, until
from tests.world.people import Organisation

MEBIBYTE = 2**20
LARGE = 100 * MEBIBYTE
PIECE = bytes(range(256)) * 4096


async def body() -> AsyncIterator[bytes]:
    """A form with a file of 100 MiB."""
    first, rest, _ = form(b"")
    yield first
    for _ in range(LARGE // len(PIECE)):
        yield PIECE
    yield rest


class Watch:
    """Looks at how much memory a process holds."""

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)
        self.before = self.most = self.process.memory_info().rss

    async def during(self, work: Awaitable[httpx.Response | str]) -> httpx.Response | str:
        doing = asyncio.ensure_future(work)
        while not doing.done():
            await asyncio.sleep(0.02)
            self.most = max(self.most, self.process.memory_info().rss)
        return doing.result()

    @property
    def grown_mb(self) -> float:
        return (self.most - self.before) / MEBIBYTE


@pytest.mark.slow
async def test_a_hundred_megabytes_come_and_go_in_bounded_memory(tmp_path: Path) -> None:
    async with serving(tmp_path, demo="0") as server, server.client() as root:
        plans = await make(root)
        path = f"{COLLECTIONS}/{plans['id']}/documents"
        small = data(await root.post(path, files={"file": ("a.bin", PIECE)}), 201)
        assert (await root.get(f"{path_of(small)}/content")).content == PIECE
        watch = Watch(server.process.pid)
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await watch.during(root.post(path, content=body(), headers=headers))
        assert isinstance(answer, httpx.Response)
        made = data(answer, 201)
        assert made["size_bytes"] == LARGE
        assert watch.grown_mb < 40, "the upload was held in memory"
        watch = Watch(server.process.pid)
        assert await watch.during(digest_of(root, f"{path_of(made)}/content")) == made["sha256"]
        assert watch.grown_mb < 40, "the download was held in memory"


async def digest_of(client: httpx.AsyncClient, path: str) -> str:
    found = hashlib.sha256()
    async with client.stream("GET", path) as answer:
        assert answer.headers["content-length"] == str(LARGE)
        async for piece in answer.aiter_bytes():
            found.update(piece)
    return found.hexdigest()


async def hide(acme: Organisation, _: httpx.AsyncClient, document_id: str) -> None:
    await deny(acme, document_id, "eve", OWNER)


async def suspend(acme: Organisation, root: httpx.AsyncClient, _: str) -> None:
    data(await root.patch(f"/v1/users/{acme.people['eve'].id}", json={"status": "suspended"}))


async def delete(acme: Organisation, _: httpx.AsyncClient, document_id: str) -> None:
    data(await acme.client("admin").delete(await _path(acme, document_id)))


async def _path(acme: Organisation, document_id: str) -> str:
    found = data(await acme.client("admin").get(f"/v1/modules/scaimatrix/documents/{document_id}"))
    return path_of(found)


@pytest.mark.parametrize("loss", [hide, suspend, delete])
async def test_who_loses_the_right_in_the_middle_of_a_download_is_cut_off(
    acme: Organisation, root: httpx.AsyncClient, loss: Callable[[Organisation, httpx.AsyncClient, str], Awaitable[None]]
) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    made = await sent(people["admin"], plans["id"], PIECE * 40)
    got = 0
    with pytest.raises(httpx.RemoteProtocolError):
        async with people["eve"].stream("GET", f"{path_of(made)}/content") as answer:
            assert answer.status_code == 200
            parts = answer.aiter_bytes()
            got += len(await anext(parts))
            await loss(acme, root, made["id"])
            await asyncio.sleep(2.5)
            async with asyncio.timeout(PATIENCE):
                async for part in parts:
                    got += len(part)
    assert 0 < got < 40 * len(PIECE)


async def test_whoever_goes_away_in_the_middle_of_a_download_lets_go_of_the_file(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"], PIECE * 40)

    def held() -> list[str]:
        return [file.path for file in psutil.Process().open_files() if made["id"] in file.path]

    async with people["admin"].stream("GET", f"{path_of(made)}/content") as answer:
        await anext(answer.aiter_bytes())
        assert held()
    await until(lambda: not held())
