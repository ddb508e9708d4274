"""Documents come, change, are cut anew and go, through Celery's workers and every real server there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from botocore.client import BaseClient
from sqlalchemy import select

from app.blobs.s3 import S3Place
from app.blobs.s3.client import open_client
from app.db.tenancy import Reach
from app.jobs.tables import ENDED, Job
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from indexing.erasing.receipts import STORES
from indexing.stores.vectors import Index
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import path_of, sent
from tests.leakage.process import Server, serving
from tests.services.conftest import given
from tests.services.servers import fresh_database
from tests.services.test_celery import kill
from tests.world.embedder import Embedder, embedder
from tests.world.hands import process, until
from tests.world.models import code, data
from tests.world.people import Organisation, organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.s3 import ACCESS_KEY, SECRET_KEY, s3_server
from tests.world.served import model_on

pytestmark = [pytest.mark.services, pytest.mark.slow]
MANY = 16
BUCKET = "files"
WORKER = ("-A", "tasks.celery_worker", "worker", "-Q", "ingest,bulk,crawl,evals,upkeep", "-c", "2")
QUIET = ("--without-gossip", "--without-mingle", "--loglevel", "error")


def paper(name: str, paragraphs: int = 12) -> bytes:
    """Markdown of which nothing is said in any other."""
    said = [[f"Sentence {one} of paragraph {number} of {name}." for one in range(6)] for number in range(paragraphs)]
    return "\n\n".join(" ".join(sentences) for sentences in said).encode()


@dataclass(frozen=True, slots=True)
class Flow:
    """A collection of a platform on real servers, and whoever looks after it."""

    running: Running
    acme: Organisation
    model: Embedder
    bucket: BaseClient | None
    collection: dict[str, Any]
    admin: httpx.AsyncClient

    def path(self, deed: str = "") -> str:
        return f"{COLLECTIONS}/{self.collection['id']}{deed}"

    async def all_indexed(self) -> bool:
        page = data(await self.admin.get(f"{self.path('/documents')}?limit=100"))
        assert not [one for one in page if one["status"] == "failed"]
        return {one["status"] for one in page} == {"indexed"}

    async def said_of(self, document: dict[str, Any]) -> str:
        """What answers of a document now."""
        page = data(await self.admin.get(f"{path_of(document)}/chunks?limit=100"))
        return "".join(one["content"] for one in page)

    async def rechunk(self) -> Any:
        return data(await self.admin.get(self.path("/re-chunk")))

    async def has_rechunk(self, status: str) -> bool:
        return bool((await self.rechunk())["status"] == status)

    async def idle(self) -> bool:
        """Whether nobody has anything left to do that is due."""
        now = self.running.platform.clock.now()
        wanted = select(Job.id).where(Job.state.not_in(ENDED), Job.due_at <= now).limit(1)
        async with self.running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            return await transaction.session.scalar(wanted) is None

    async def is_whole(self) -> bool:
        """Whether rows and store say the same, and hold nothing but what answers."""
        async with self.running.platform.transactions.open(Reach.one(self.acme.id), writes=False) as transaction:
            rows = dict((await transaction.session.execute(select(ChunkRow.id, ChunkRow.edition_id))).all())
            answering = set(await transaction.session.scalars(select(Document.edition_id)))
        index = Index(self.acme.id, self.collection["id"], await self._index_name())
        held = [one async for some in self.running.platform.vectors.chunk_ids(index) for one in some]
        return sorted(held) == sorted(rows) and set(rows.values()) == answering

    async def _index_name(self) -> str:
        async with self.running.platform.transactions.open(Reach.one(self.acme.id), writes=False) as transaction:
            return (await transaction.session.get_one(Collection, self.collection["id"])).index_name


@pytest.fixture(params=["redis", "rabbitmq"])
async def flow(request: pytest.FixtureRequest, mariadb_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Flow]:
    """Everything on servers, with one worker of two processes; vectors are in the home folder where no Weaviate is."""
    broker = request.getfixturevalue(f"{request.param}_url")
    with ExitStack() as servers:
        place = servers.enter_context(s3_server())
        database = servers.enter_context(fresh_database(mariadb_url)).render_as_string(hide_password=False)
        bucket = open_client(S3Place(BUCKET, place, "us-east-1", ACCESS_KEY, SECRET_KEY))
        await asyncio.to_thread(lambda: bucket.create_bucket(Bucket=BUCKET))
        named = {"broker_url": broker, "redis_url": redis_url, "s3_bucket": BUCKET, "s3_endpoint_url": place}
        named |= {"s3_access_key": ACCESS_KEY, "s3_secret_key": SECRET_KEY, **weaviate()}
        settings = settings_for(tmp_path, database, **named)
        async with running(settings) as platform, embedder() as model, worker(tmp_path, database, named):
            acme = await organisation(platform)
            admin = acme.client("admin")
            async with platform.client(ROOT_KEY) as root:
                served = await model_on(root, model, modality="embedding")
            collection = await make(admin, embedding_model=served.slug, chunk_size=128, chunk_overlap=0)
            yield Flow(platform, acme, model, bucket, collection, admin)
            await acme.aclose()
        bucket.close()


def weaviate() -> dict[str, str]:
    """The settings of a Weaviate, where the surroundings name one."""
    url = given("SCAIGRID_TEST_WEAVIATE")
    port = given("SCAIGRID_TEST_WEAVIATE_GRPC_PORT") or "50051"
    return {"weaviate_url": url, "weaviate_grpc_port": port} if url else {}


@asynccontextmanager
async def worker(home: Path, database: str, named: dict[str, str]) -> AsyncIterator[None]:
    """A Celery worker as it is started in production."""
    surroundings = {f"SCAIGRID_{name.upper()}": value for name, value in named.items()}
    surroundings |= {"SCAIGRID_HOME": str(home), "SCAIGRID_DATABASE_URL": database, "SCAIGRID_LOG_LEVEL": "warning"}
    surroundings |= {"SCAIGRID_BOOTSTRAP_KEY": ROOT_KEY}
    async with process("celery", *WORKER, *QUIET, surroundings=surroundings) as begun:
        try:
            yield
        finally:
            kill(psutil.Process(begun.pid))


async def test_documents_come_change_are_cut_anew_and_go(flow: Flow) -> None:
    documents = await they_come(flow)
    await one_changes(flow, documents[0])
    await cut_anew_with_a_pause(flow, documents[1])
    await cut_anew_and_called_off(flow, documents[1])
    await they_go(flow, documents[2])


async def they_come(flow: Flow) -> list[dict[str, Any]]:
    """Each is read once: no text is paid twice, and no job is begun twice."""
    names = [f"{number}.md" for number in range(MANY)]
    coming = (sent(flow.admin, flow.collection["id"], paper(name), filename=name) for name in names)
    documents = list(await asyncio.gather(*coming))
    await until(flow.all_indexed)
    await until(flow.idle)
    assert await flow.is_whole()
    assert set(flow.model.texts.values()) == {1}
    async with flow.running.platform.transactions.open(Reach.one(flow.acme.id), writes=False) as transaction:
        attempts = list(await transaction.session.scalars(select(Job.attempts).where(Job.kind == "ingest_document")))
    assert attempts == [1] * MANY
    return documents


async def one_changes(flow: Flow, document: dict[str, Any]) -> None:
    """The old text answers until the new one can."""
    flow.model.pause.clear()
    old = await flow.said_of(document)
    content = {"file": ("new.md", b"What it says now. " * 30, "text/markdown")}
    assert (await flow.admin.put(f"{path_of(document)}/content", files=content)).is_success
    await until(lambda: at(flow, document, "embedding"))
    assert await flow.said_of(document) == old
    flow.model.pause.set()
    await until(flow.all_indexed)
    assert "What it says now." in await flow.said_of(document)
    await until(flow.is_whole)


async def at(flow: Flow, document: dict[str, Any], status: str) -> bool:
    return bool(data(await flow.admin.get(path_of(document)))["status"] == status)


async def cut_anew_with_a_pause(flow: Flow, document: dict[str, Any]) -> None:
    """Progress shows; a pause holds it where it is; the switch comes at the end, all at once."""
    assert (await flow.admin.put(flow.path(), json={"chunk_size": 64})).is_success
    before, counted = len(await chunks_of(flow, document)), len(flow.model.calls)
    flow.model.pause.clear()
    data(await flow.admin.post(flow.path("/re-chunk")), 202)
    assert code(await flow.admin.post(flow.path("/re-chunk"))) == (409, "JOB_ALREADY_RUNNING")
    await until(lambda: flow.has_rechunk("running"))
    assert data(await flow.admin.post(flow.path("/re-chunk/pause")))["paused"]
    flow.model.pause.set()
    await until(flow.idle)
    held = await flow.rechunk()
    assert (held["status"], held["paused"], held["total"]) == ("queued", True, MANY)
    assert held["processed"] < MANY
    assert len(await chunks_of(flow, document)) == before
    data(await flow.admin.post(flow.path("/re-chunk/resume")))
    await until(lambda: flow.has_rechunk("completed"))
    done = await flow.rechunk()
    assert (done["total"], done["processed"], done["failed"]) == (MANY, MANY, 0)
    assert len(await chunks_of(flow, document)) > before
    assert len(flow.model.calls) > counted
    await until(flow.idle)
    assert await flow.is_whole()


async def chunks_of(flow: Flow, document: dict[str, Any]) -> list[Any]:
    found: list[Any] = data(await flow.admin.get(f"{path_of(document)}/chunks?limit=100"))
    return found


async def cut_anew_and_called_off(flow: Flow, document: dict[str, Any]) -> None:
    """What answers goes on to answer, and nothing is left of what was built."""
    assert (await flow.admin.put(flow.path(), json={"chunk_size": 32})).is_success
    before = await chunks_of(flow, document)
    flow.model.pause.clear()
    data(await flow.admin.post(flow.path("/re-chunk")), 202)
    await until(lambda: flow.has_rechunk("running"))
    data(await flow.admin.post(flow.path("/re-chunk/cancel")))
    flow.model.pause.set()
    await until(flow.idle)
    assert (await flow.rechunk())["status"] == "idle"
    assert await chunks_of(flow, document) == before
    await until(flow.is_whole)


async def they_go(flow: Flow, document: dict[str, Any]) -> None:
    """Unreadable at once; then receipts for every store, and a bucket with nothing of it."""
    assert data(await flow.admin.delete(path_of(document))) == {"deleted": True}
    assert code(await flow.admin.get(path_of(document))) == (404, "DOCUMENT_NOT_FOUND")
    await until(lambda: erased(flow, document["id"]))
    assert not await files_of(flow, f"documents/{flow.acme.id}/{document['id']}")
    assert await flow.is_whole()
    assert data(await flow.admin.delete(flow.path())) == {"deleted": True}
    assert code(await flow.admin.get(flow.path())) == (404, "COLLECTION_NOT_FOUND")
    await until(lambda: erased(flow, flow.collection["id"]))
    assert not await files_of(flow, f"documents/{flow.acme.id}")


async def erased(flow: Flow, subject_id: str) -> bool:
    page = data(await flow.admin.get(f"/v1/modules/scaimatrix/erasures?subject_id={subject_id}"))
    return {one["store"] for one in page if one["erased_at"]} == set(STORES)


async def files_of(flow: Flow, prefix: str) -> list[str]:
    bucket = flow.bucket
    assert bucket is not None
    listing = await asyncio.to_thread(lambda: bucket.list_objects_v2(Bucket=BUCKET, Prefix=prefix))
    return [one["Key"] for one in listing.get("Contents", ())]


async def test_two_servers_on_one_database_do_nothing_twice(mariadb_url: str, tmp_path: Path) -> None:
    with fresh_database(mariadb_url) as made:
        database = made.render_as_string(hide_password=False)
        settings = settings_for(tmp_path, database)
        async with embedder() as model, running(settings, deeds={}) as here, here.client(ROOT_KEY) as root:
            acme = await organisation(here)
            admin, served = acme.client("admin"), await model_on(root, model, modality="embedding")
            papers = await make(admin, embedding_model=served.slug, chunk_size=64, chunk_overlap=0)
            named = {"database_url": database}
            async with serving(tmp_path, **named) as one, serving(tmp_path, **named) as other:
                await both_work(Flow(here, acme, model, None, papers, admin), one, other)
            await acme.aclose()


async def both_work(flow: Flow, one: Server, other: Server) -> None:
    """Everything is asked of both at once."""
    key, texts = flow.acme.people["admin"].key, flow.model.texts
    async with one.client(key) as left, other.client(key) as right:
        documents = []
        for number in range(MANY):  # one after the other: on a busy machine many at once would wait for each other
            names = [f"{number}-{side}.md" for side in ("left", "right")]
            coming = [
                sent(client, flow.collection["id"], paper(name), filename=name)
                for client, name in zip((left, right), names, strict=True)
            ]
            documents += await asyncio.gather(*coming)
        await until(flow.all_indexed)
        assert set(texts.values()) == {1}
        assert (await left.put(flow.path(), json={"chunk_size": 32})).is_success
        texts.clear()
        asked = [client.post(flow.path("/re-chunk")) for client in (left, right, left, right)]
        assert Counter([answer.status_code for answer in await asyncio.gather(*asked)]) == {202: 1, 409: 3}
        await until(lambda: flow.has_rechunk("completed"))
        assert set(texts.values()) == {1}
        await until(flow.idle)
        assert await flow.is_whole()
        gone = [client.delete(path_of(documents[0])) for client in (left, right)]
        assert sorted([answer.status_code for answer in await asyncio.gather(*gone)]) == [200, 404]
        await until(flow.idle)
        assert await flow.is_whole()
    async with flow.running.platform.transactions.open(Reach.one(flow.acme.id), writes=False) as transaction:
        wanted = select(Job.kind, Job.attempts, Job.lost).where(Job.kind.in_(["ingest_document", "erase_document"]))
        ended = Counter([tuple(row) for row in await transaction.session.execute(wanted)])
    assert ended == {("ingest_document", 1, 0): 2 * MANY, ("erase_document", 1, 0): 1}
