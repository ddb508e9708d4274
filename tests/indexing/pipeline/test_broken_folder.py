"""A folder of broken files: each ends failed with a code, a sentence and a next step, or is indexed word for word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from tests.indexing.extraction.made import word
from tests.indexing.extraction.test_broken_files import BROKEN, MAIN, SOUND, changed
from tests.indexing.pipeline.conftest import Bench
from tests.indexing.pipeline.homes import Home, maker
from tests.world.embedder import embedder
from tests.world.papers import rezipped
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, running, settings_for
from tests.world.served import model_on
from tests.world.stacks import stack

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


@pytest.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """Documents that make a careless server swell."""
    folder = tmp_path_factory.mktemp("home")
    async with embedder() as model:
        async with running(settings_for(folder)) as platform, platform.client(ROOT_KEY) as root:
            acme = await organisation(platform)
            served = await model_on(root, model, modality="embedding")
            papers = await stack(acme, embedding_model=served.slug, chunk_size=1024)
            for name, data in attacks().items():
                await papers.add(name, data)
            await acme.aclose()
        async with maker() as made:
            yield Home(folder, model, made)


@pytest.mark.slow
@pytest.mark.sqlite
async def test_the_process_stays_small_whatever_it_ingests(home: Home, tmp_path: Path) -> None:
    parent = psutil.Process(home.maker.pid)
    await home.copied(tmp_path / "empty").process()  # imports what is imported once
    running_on = asyncio.create_task(home.process())
    most = 0
    while not running_on.done():
        for child in parent.children():
            try:
                most = max(most, child.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        await asyncio.sleep(0.02)
    assert running_on.result() == 0
    assert most < 450 * 2**20  # 180 of them are what is imported
