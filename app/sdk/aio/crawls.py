"""SDK: crawls of websites."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ..sending import HasId, id_of
from ..shapes.working import CRAWL_ENDS, CrawlJob, CrawlPage
from .collections import MATRIX, at
from .transport import Transport


class Crawls:
    """Runs of crawls in collections."""

    def __init__(self, transport: Transport):
        self._transport = transport

    async def start(self, seed_url: str, *, into: HasId | str, **limits: Any) -> CrawlJob:
        """Begin one; limits are those of the API: max_depth, max_pages, include_patterns and so on."""
        body = {"seed_url": seed_url, **limits}
        return CrawlJob.read(await self._transport.create(at(into, "crawl"), body))

    def list(
        self, collection: HasId | str | None = None, *, status: str | None = None
    ) -> AsyncGenerator[CrawlJob, None]:
        """The runs of a collection, or of all."""
        place = f"{MATRIX}/crawl" if collection is None else at(collection, "crawl")
        return self._transport.every(place, CrawlJob, status=status)

    async def get(self, job: HasId | str, *, collection: HasId | str) -> CrawlJob:
        """One run."""
        return CrawlJob.read(await self._transport.get(at(collection, "crawl", id_of(job))))

    def pages(
        self, job: HasId | str, *, collection: HasId | str, verdict: str | None = None
    ) -> AsyncGenerator[CrawlPage, None]:
        """What became of each address."""
        return self._transport.every(at(collection, "crawl", id_of(job), "pages"), CrawlPage, verdict=verdict)

    async def cancel(self, job: HasId | str, *, collection: HasId | str) -> CrawlJob:
        """Have a run end; what it has brought stays."""
        said = await self._transport.post(at(collection, "crawl", id_of(job), "cancel"), harmless=True)
        return CrawlJob.read(said)

    async def follow(self, job: HasId | str, *, collection: HasId | str) -> AsyncGenerator[CrawlJob, None]:
        """How far a run is, until it has ended."""
        place = at(collection, "crawl", id_of(job), "stream")
        async with aclosing(self._transport.events(place, last=lambda event: event.name in CRAWL_ENDS)) as told:
            async for event in told:
                yield CrawlJob.read(event.said())
