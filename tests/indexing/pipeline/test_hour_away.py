"""What is away for an hour keeps documents waiting, in words, and then they go on by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

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
from tests.world.patience import eventually
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

    async def waits(self, for_what: str, since: int = 0) -> Any:
        """How it says that it waits, and for what, in an attempt after the given one; else nothing."""
        state = await self.state()
        assert state["status"] in {"pending", "processing", "chunking", "embedding"}
        waiting = for_what in (state["waiting_for"] or "") and state["error_message"] is not None
        return state if waiting and state["attempt"] > since else None

    async def sleeps_on(self) -> bool:
        """Let time leap if nobody works on it, nor can begin to before it has: so that nobody's lease is over."""
        nobody = update(Job).where(Job.subject_id == self.document["id"], Job.state == WAITING)
        held_back = nobody.values(due_at=self.clock.now() + timedelta(minutes=MINUTES - 1))
        async with self.running.platform.transactions.open(Reach.one(self.tenant_id)) as transaction:
            found: Any = await transaction.session.execute(held_back, execution_options={"synchronize_session": False})
        if found.rowcount:
            self.clock.leap(minutes=MINUTES)
        return bool(found.rowcount)

    async def waits_for_an_hour(self, for_what: str, code: str) -> None:
        state = await eventually(lambda: self.waits(for_what))
        for _ in range(60 // MINUTES):
            assert (state["status"], state["error_code"]) == ("embedding", code)
            await until(self.sleeps_on)
            state = await eventually(partial(self.waits, for_what, state["attempt"]))

    async def goes_on(self) -> None:
        """Nobody asks for anything: time passes."""

        async def indexed() -> bool:
            state = await self.state()
            assert state["status"] != "failed"
            await self.sleeps_on()
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
