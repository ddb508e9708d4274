"""A whole server that is killed in the middle of its work goes on where it was when it is started again."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from sqlalchemy import select, update

from app.db.tenancy import Reach
from app.idempotency.tables import IdempotencyRecord
from app.jobs.tables import Job
from app.wiring import Platform
from app.wiring.faults import CONSENT
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.pipeline.faults import Point
from indexing.stores.vectors import Index
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import path_of, send, sent
from tests.indexing.pipeline.homes import Home
from tests.leakage.process import Server, serving, started
from tests.world.by_night import by_night
from tests.world.embedder import Embedder, embedder, vector_of
from tests.world.finishing import let_leases_end
from tests.world.hands import until
from tests.world.ingesting import ingest_all
from tests.world.models import code, data
from tests.world.papers import pdf
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
NIGHTLY = [
    (point, passing)
    for point in Point
    for passing in ((1,) if point.startswith(("superseded", "processing")) else (1, 4))
    if (point, passing) not in {(Point.SWITCHED, 4), (Point.BUILT, 4)}
]
# By day a worker is killed at each of them (test_killed.py), and a server while it is sent documents, below.
DEATHS = by_night([(Point.STORED_NOTED, 3), *NIGHTLY])


@dataclass(frozen=True, slots=True)
class Shop:
    """A home with documents that are promised to be read, and somebody who may look at them."""

    home: Home
    collection_id: str
    key: str

    def copied(self, to: Path) -> Shop:
        return Shop(self.home.copied(to), self.collection_id, self.key)


def paper(name: str, paragraphs: int, changed: int | None = None) -> bytes:
    """Markdown of which nothing is said in any other."""
    said = [f"Paragraph {number} of {name} speaks of subject {number * 7919}. " * 6 for number in range(paragraphs)]
    if changed is not None:
        said[changed] = f"This one of {name} was written anew. " * 6
    return "\n\n".join(said).encode()


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    folder = tmp_path_factory.mktemp("home")
    async with embedder() as model:
        async with running(settings_for(folder), deeds={}) as platform, platform.client(ROOT_KEY) as root:
            made = await _fill(platform, root, folder, model)
        (folder / CONSENT).touch()
        yield made


async def _fill(platform: Running, root: httpx.AsyncClient, folder: Path, model: Embedder) -> Shop:
    acme = await organisation(platform)
    served = await model_on(root, model, modality="embedding")
    admin = acme.client("admin")
    papers = await make(admin, embedding_model=served.slug, chunk_size=128, chunk_overlap=16)
    replaced = await sent(admin, papers["id"], paper("replaced", 40), filename="replaced.md")
    await ingest_all(platform.platform)
    content = {"file": ("replaced.md", paper("replaced", 40, changed=11), "text/markdown")}
    assert (await admin.put(f"{path_of(replaced)}/content", files=content)).is_success
    await sent(admin, papers["id"], paper("long", 250), filename="long.md")
    await sent(admin, papers["id"], b"A short text.", filename="short.md")
    await sent(admin, papers["id"], pdf(["What is printed here\nis read again.", "And a page."]), filename="page.pdf")
    await acme.aclose()
    return Shop(Home(folder, model, None), papers["id"], acme.people["admin"].key)  # type: ignore[arg-type] # nobody makes processes here


async def finished(shop: Shop, server: Server) -> None:
    """Wait until every document can be found, and nobody has anything left to do."""
    async with server.client(shop.key) as admin:

        async def indexed() -> bool:
            page = data(await admin.get(f"{COLLECTIONS}/{shop.collection_id}/documents?limit=100"))
            assert not [one for one in page if one["status"] == "failed"]
            return {one["status"] for one in page} == {"indexed"}

        await until(indexed)


async def dies(server: Server) -> None:
    """Wait until a server dies; the processes in which it has files read die with it."""
    seen: set[psutil.Process] = set()
    async with asyncio.timeout(120):
        while server.process.returncode is None:
            seen |= set(_children(server.process.pid))
            await asyncio.sleep(0.02)
    assert server.process.returncode == -signal.SIGKILL
    await until(lambda: not any(child.is_running() for child in seen), 20)


def _children(pid: int) -> Iterator[psutil.Process]:
    try:
        yield from psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return


Indexed = dict[str, list[tuple[int, int, str]]]


async def index_of(shop: Shop) -> Indexed:
    """What answers, by the names of documents; everything is looked at that could be doubled, lost or left over."""
    async with shop.home.opened() as platform:
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            collection = await session.get_one(Collection, shop.collection_id)
            documents = list(await session.scalars(select(Document)))
            rows = list(await session.scalars(select(ChunkRow).order_by(ChunkRow.edition_id, ChunkRow.chunk_index)))
            editions = set(await session.scalars(select(Edition.id)))
        index = Index(collection.tenant_id, collection.id, collection.index_name)
        vectors = await platform.vectors.vectors(index, [row.id for row in rows])
        held = [chunk_id async for some in platform.vectors.chunk_ids(index) for chunk_id in some]
    assert {document.status for document in documents} == {"indexed"}
    assert editions == {document.edition_id for document in documents}
    assert sorted(held) == sorted(row.id for row in rows)
    for row in rows:
        np.testing.assert_allclose(vectors[row.id], vector_of(row.content), atol=1e-3)
    found: Indexed = {}
    for document in documents:
        assert document.name not in found
        mine = [row for row in rows if row.edition_id == document.edition_id]
        assert [row.chunk_index for row in mine] == list(range(document.chunk_count))
        found[document.name] = [(row.start, row.end, row.content) for row in mine]
    return found


async def ended(shop: Shop, server: Server) -> Indexed:
    """The index once all is done and the server has been told to stop."""
    await finished(shop, server)
    async with shop.home.opened() as platform:
        await until(lambda: _nothing_to_do(platform))
    server.process.terminate()
    assert await server.process.wait() == 0
    return await index_of(shop)


async def _nothing_to_do(platform: Platform) -> bool:
    wanted = select(Job.id).where(Job.kind == "ingest_document", Job.active_key.is_not(None)).limit(1)
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        return await transaction.session.scalar(wanted) is None


@pytest.fixture(scope="module")
async def undisturbed(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Indexed, Counter[str]]:
    """What a server that nobody killed has made, and the texts that it asked the model for."""
    copy, model = shop.copied(tmp_path_factory.mktemp("calm") / "home"), shop.home.model
    model.texts.clear()
    async with serving(copy.home.folder) as server:
        made = await ended(copy, server)
    assert model.texts.total() == len(model.texts)
    return made, Counter(model.texts)


@pytest.mark.parametrize(("point", "passing"), DEATHS, ids=str)
async def test_killed_there_and_started_again_the_index_is_the_same(
    shop: Shop, undisturbed: tuple[Indexed, Counter[str]], tmp_path: Path, point: Point, passing: int
) -> None:
    copy, model = shop.copied(tmp_path / "home"), shop.home.model
    model.texts.clear()
    async with started(copy.home.folder, fault=f"{point}:{passing}") as server:
        await dies(server)
    before, kept = Counter(model.texts), await _half_a_minute_later(copy)
    async with serving(copy.home.folder) as server:
        assert await ended(copy, server) == undisturbed[0]
    assert model.texts.keys() == undisturbed[1].keys()
    assert not kept & (model.texts - before).keys()  # nothing is paid again that was noted


async def _half_a_minute_later(shop: Shop) -> set[str]:
    """Let every lease end; returns the texts that are known to have their vectors."""
    async with shop.home.opened() as platform:
        await let_leases_end(platform)
        async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            return set(await transaction.session.scalars(select(ChunkRow.content).where(ChunkRow.stored)))


@pytest.mark.nightly
async def test_who_repeats_an_upload_that_a_killed_server_left_unanswered_brings_one_document(
    shop: Shop, undisturbed: tuple[Indexed, Counter[str]], tmp_path: Path
) -> None:
    copy = shop.copied(tmp_path / "home")
    files = {f"more-{number}.md": paper(f"more {number}", 3) for number in range(12)}

    async def bring(server: Server, name: str) -> Any:
        async with server.client(copy.key) as admin:
            headers = {"Idempotency-Key": name}
            return await send(admin, copy.collection_id, files[name], filename=name, headers=headers)

    async with started(copy.home.folder, fault=f"{Point.EMBEDDED}:2") as server:
        while server.process.returncode is None:
            await asyncio.gather(*(bring(server, name) for name in files), return_exceptions=True)
        await dies(server)
    await _half_a_minute_later(copy)
    async with copy.home.opened() as platform, platform.transactions.open(Reach.everywhere()) as transaction:
        late = update(IdempotencyRecord).values(leased_until=transaction.clock.now())  # whoever was asked is long gone
        await transaction.session.execute(late, execution_options={"synchronize_session": False})
    async with serving(copy.home.folder) as server:
        for name in files:
            answer = await bring(server, name)
            assert answer.status_code == 201, code(answer)
        made = await ended(copy, server)
    assert made.keys() == undisturbed[0].keys() | files.keys()
