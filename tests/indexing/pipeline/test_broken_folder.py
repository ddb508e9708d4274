"""A folder of broken files: each ends failed with a code, a sentence and a next step, or is indexed word for word."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import sent
from tests.indexing.extraction.made import word
from tests.indexing.extraction.test_broken_files import BROKEN, MAIN, SOUND, changed
from tests.indexing.pipeline.conftest import Bench
from tests.leakage.process import Server, serving
from tests.world.embedder import embedder
from tests.world.hands import until
from tests.world.models import data
from tests.world.papers import rezipped
from tests.world.served import model_on

# Refused under the small limits of their own tests, and nothing wrong with them under those of a server.
LARGE_ONLY = {"zip bomb", "many pages", "many cells", "much text"}


@pytest.fixture(autouse=True)
async def large_chunks(bench: Bench) -> None:
    async with bench.workshop.transactions.open(Reach.one(bench.papers.tenant_id)) as transaction:
        mine = update(Collection).where(Collection.id == bench.papers.id)
        await transaction.session.execute(mine.values(chunk_size=2048))


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_file_ends_failed_and_says_what_to_do(bench: Bench, name: str) -> None:
    made, called, code = BROKEN[name]
    document_id = await bench.papers.add(called, made())
    assert await bench.ingest(document_id) is None
    document = await bench.papers.document(document_id)
    if name in LARGE_ONLY:
        assert document.status == "indexed"
        return
    assert (document.status, document.error_code, document.edition_id) == ("failed", code, None)
    assert document.error_message is not None
    assert document.error_message.count(".") >= 2
    assert not bench.model.calls


@pytest.mark.parametrize("name", SOUND)
async def test_an_odd_file_that_is_sound_is_indexed_word_for_word(bench: Bench, name: str) -> None:
    made, called, text = SOUND[name]
    document_id = await bench.papers.add(called, made())
    assert await bench.ingest(document_id) is None
    chunks = await bench.chunks(document_id)
    assert chunks
    assert all(text[chunk.start : chunk.end] == chunk.content for chunk in chunks)
    assert bench.stored(document_id).keys() == {chunk.id for chunk in chunks}


def attacks() -> dict[str, bytes]:
    """What a server must not swell by."""
    swelling = changed(word(), MAIN, lambda xml: xml.replace(b"Gift", b"A" * (200 * 2**20)))
    return {
        "bomb.docx": rezipped(word(), {"word/media/a.bin": b"\0" * 600 * 2**20}),
        "swelling.docx": swelling,
        "deep.html": b"<html>" + b"<div>" * 200_000,
        "line.txt": b"word " * 1_000_000,
        "book.txt": b"A sentence of a text as long as a shelf of books, and one more. " * (8_000_000 // 66),
        "wide.txt": ("Eine Zeile, die lange währt \U0001f600 und noch länger. " * 100_000).encode(),
    }


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.nightly
async def test_a_server_stays_small_whatever_it_is_sent(tmp_path: Path) -> None:
    async with embedder() as model, serving(tmp_path) as server, server.client() as root:
        served = await model_on(root, model, modality="embedding")
        collection = await make(root, embedding_model=served.slug, chunk_size=1024)
        watching = asyncio.create_task(most_of(server))
        for name, content in attacks().items():
            await sent(root, collection["id"], content, filename=name)

        async def all_ended() -> bool:
            page = data(await root.get(f"{COLLECTIONS}/{collection['id']}/documents?limit=100"))
            return {document["status"] for document in page} <= {"indexed", "failed"}

        await until(all_ended, 300)
        server.process.terminate()
        assert await server.process.wait() == 0
        assert await watching < 450 * 2**20  # 180 of them are what is imported


async def most_of(server: Server) -> int:
    """The most memory that a server had, in bytes, until it ended."""
    most = 0
    while server.process.returncode is None:
        with suppress(psutil.NoSuchProcess):
            most = max(most, psutil.Process(server.process.pid).memory_info().rss)
        await asyncio.sleep(0.02)
    return most
