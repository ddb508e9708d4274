"""How often each strategy finds both passages that a two-hop question needs, and how long it takes for that."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from app.db.tenancy import Reach
from app.inference.tables import BackendLink, FrontendModel
from indexing.stores.vectors import Index
from rag.personas.values import SearchType, Strategy
from tests.world.assistants import Assistant, KnownPersonas, assistant, assisting
from tests.world.passages import Written
from tests.world.people import Organisation, organisation
from tests.world.shelves import Shelf
from tests.world.two_hops import Follower, TwoHops, library, questions
from tests.world.upstream import listening

_MATRIX = "/v1/modules/scaimatrix"
_TOP = 5
_WAYS = (SearchType.VECTOR, SearchType.HYBRID)


@dataclass(frozen=True, slots=True)
class Score:
    """What became of all questions."""

    both: int
    searches: int  # at most
    ms: float  # of a call, p50


@dataclass(frozen=True, slots=True)
class Room:
    """An organisation with the library, as local/minilm embeds it, and a model that follows what it reads."""

    acme: Organisation
    root: httpx.AsyncClient
    personas: KnownPersonas
    place: Written
    up: Follower

    async def score(self, strategy: Strategy, way: SearchType, *, quotes: bool) -> Score:
        """Ask all questions of an assistant that looks so."""
        said: dict[str, Any] = {"strategy": strategy, "search_type": way, "top_k": _TOP}
        helper = await assistant(self.personas, self.acme, self.root, [self.up], self.place, **said)
        if quotes:
            await self._quote(helper)
        await self._ask(helper, questions()[0])  # whatever is loaded late is loaded
        asked = [await self._ask(helper, one) for one in questions()]
        both = sum(found for found, _, _ in asked)
        return Score(both, max(searches for _, searches, _ in asked), statistics.median(ms for *_, ms in asked))

    async def _ask(self, helper: Assistant, asked: TwoHops) -> tuple[bool, int, float]:
        messages = [{"role": "user", "content": asked.question}]
        began = time.perf_counter()
        answer = await self.acme.client("admin").post(
            "/v1/inference/chat", json={"model": helper.slug, "messages": messages}
        )
        took = (time.perf_counter() - began) * 1000
        told = answer.raise_for_status().json()["data"]["retrieval"]
        found = {one["document_name"] for one in told["citations"]}
        return asked.documents <= found, [step["kind"] for step in told["steps"]].count("search"), took

    async def _quote(self, helper: Assistant) -> None:
        backends = (await self.root.get("/v1/backends", params={"limit": 100})).json()["data"]
        quote = next(one["id"] for one in backends if one["upstream_model"] == "quote")
        async with self.acme.running.platform.transactions.open(Reach.everywhere()) as transaction:
            wanted = select(BackendLink).join(FrontendModel).where(FrontendModel.slug == helper.slug)
            link = (await transaction.session.scalars(wanted)).one()
            await transaction.session.delete(link)
            transaction.session.add(BackendLink(model_id=link.model_id, backend_id=quote))


def run() -> str:
    """Ask all ways."""
    return asyncio.run(_run())


async def _run() -> str:
    rows = ["| model | search | strategy | both in the top 5 | searches, at most | ms a call, p50 |", "|---" * 6 + "|"]
    async with _room() as room:
        for quotes in (False, True):
            for way in _WAYS:
                for strategy in Strategy:
                    score = await room.score(strategy, way, quotes=quotes)
                    model = "local/quote" if quotes else "scripted"
                    share = f"{score.both} of {len(questions())}"
                    rows.append(f"| {model} | {way} | {strategy} | {share} | {score.searches} | {score.ms:.0f} |")
    return "\n".join(rows)


@asynccontextmanager
async def _room() -> AsyncIterator[Room]:
    personas = KnownPersonas()
    with tempfile.TemporaryDirectory() as home:
        async with assisting(Path(home), personas) as running, running.client(running.root_key) as root:
            acme = await organisation(running)
            async with listening(Follower()) as up:
                yield Room(acme, root, personas, await _written(acme), up)
            await acme.aclose()


async def _written(acme: Organisation) -> Written:
    """The library, taken in as any file is."""
    admin = acme.client("admin")
    made = (
        (
            await admin.post(
                f"{_MATRIX}/collections",
                json={"name": "Two hops", "embedding_model": "local/minilm", "default_access": "tenant"},
            )
        )
        .raise_for_status()
        .json()["data"]
    )
    of = f"{_MATRIX}/collections/{made['id']}/documents"
    for name, (text,) in library().items():
        (await admin.post(of, files={"file": (name, text.encode(), "text/plain")})).raise_for_status()
    while True:
        listed = (await admin.get(of, params={"limit": 100})).raise_for_status().json()["data"]
        if all(one["status"] == "indexed" for one in listed):
            return Written(Shelf(acme, made["id"]), Index(acme.id, made["id"], ""))
        await asyncio.sleep(0.1)
