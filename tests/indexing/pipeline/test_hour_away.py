"""What is away for an hour keeps documents waiting, in words, and then they go on by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.jobs.tables import WAITING, Job
from tests.indexing.collections.shelving import make
from tests.indexing.documents.filing import path_of, sent
from tests.indexing.pipeline.test_ingest import paper
from tests.indexing.stores.little_weaviate import little_weaviate, waiting
from tests.world.clocks import LeapingClock
from tests.world.embedder import Embedder, embedder
from tests.world.hands import until
from tests.world.models import data
from tests.world.openai_answers import error
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import model_on
from tests.world.wholeness import is_whole

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
MINUTES = 15  # that pass at once; longer than anything is waited for before it is tried again


@dataclass(frozen=True, slots=True)
class Waiter:
    """A document on a server whose clock leaps, and whoever looks at it."""

    running: Running
    clock: LeapingClock
    model: Embedder
    admin: httpx.AsyncClient
    document: dict[str, Any]
    tenant_id: str

    async def state(self) -> Any:
        return data(await self.admin.get(path_of(self.document)))

    async def waits(self, for_what: str) -> bool:
        """Whether it says that it waits, and for what."""
        state = await self.state()
        assert state["status"] in {"pending", "processing", "chunking", "embedding"}
        return for_what in (state["waiting_for"] or "") and state["error_message"] is not None

    async def is_asleep(self) -> bool:
        """Whether nobody works on it, nor will for a moment: time may leap without anybody's lease being over."""
        platform, soon = self.running.platform, self.clock.now() + timedelta(milliseconds=100)
        wanted = select(Job.due_at).where(Job.subject_id == self.document["id"], Job.state == WAITING)
        async with platform.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            due_at = await transaction.session.scalar(wanted)
        return due_at is not None and due_at > soon

    async def waits_for_an_hour(self, for_what: str, code: str) -> None:
        await until(lambda: self.waits(for_what))
        for _ in range(60 // MINUTES):
            before = await self.state()
            assert (before["status"], before["error_code"]) == ("embedding", code)
            await until(self.is_asleep)
            self.clock.leap(minutes=MINUTES)

            async def tried_again(attempt: int = before["attempt"]) -> bool:
                return bool((await self.state())["attempt"] > attempt) and await self.waits(for_what)

            await until(tried_again)

    async def goes_on(self) -> None:
        """Nobody asks for anything: time passes."""

        async def indexed() -> bool:
            state = await self.state()
            assert state["status"] != "failed"
            if await self.is_asleep():
                self.clock.leap(minutes=MINUTES)
            return bool(state["status"] == "indexed")

        await until(indexed)
        state = await self.state()
        assert (state["error_code"], state["error_message"], state["waiting_for"]) == (None, None, None)
        assert state["chunk_count"] > 0
        assert max(self.model.texts.values()) == 1
        await until(lambda: is_whole(self.running.platform, self.tenant_id))


@asynccontextmanager
async def waiter(home: Path, *, fails: bool = False, **named: str | int) -> AsyncIterator[Waiter]:
    clock = LeapingClock()
    given: dict[str, Any] = dict(named)
    settings = settings_for(home, **given)
    async with embedder() as model, running(settings, clock=clock) as platform, platform.client(ROOT_KEY) as root:
        acme = await organisation(platform)
        admin, served = acme.client("admin"), await model_on(root, model, modality="embedding")
        model.fails = error(503) if fails else None
        collection = await make(admin, embedding_model=served.slug)
        document = await sent(admin, collection["id"], paper(12), filename="paper.md")
        yield Waiter(platform, clock, model, admin, document, acme.id)
        await acme.aclose()


async def test_a_vector_store_is_waited_for_and_nothing_is_paid_meanwhile(tmp_path: Path) -> None:
    with waiting() as little:
        async with waiter(tmp_path, weaviate_url=little.url, weaviate_grpc_port=little.grpc_port) as one:
            await one.waits_for_an_hour("vector store", "SERVICE_UNAVAILABLE")
            assert not one.model.texts
            async with little_weaviate(little):
                await one.goes_on()


async def test_an_embedding_model_is_waited_for_with_what_it_said(tmp_path: Path) -> None:
    async with waiter(tmp_path, fails=True) as one:
        await one.waits_for_an_hour("embedding model", "BACKEND_ERROR")
        one.model.fails = None
        await one.goes_on()
