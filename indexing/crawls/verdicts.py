"""Knowing, crawls: what became of every address that a run met, for those who may know of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from acl.chokepoint import Chokepoint
from acl.visible import Visible
from app.db.tenancy import TenantSession
from app.identity.caller import Caller
from app.paging import Page, PageRequest, cut
from indexing.crawls.tables import CrawlJob, CrawlPage

_WINDOW = 200
_Above = Mapping[str, tuple[str | None, str | None]]  # by address: the document it led to, and where it was met


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address, and whose it is to know of it: whoever may read the document it led to, or else was met in.

    What led to no document is known from the page that names it, and from the page that names that one, up to the
    first that is a document; what no document names is named by the crawl itself, and so the collection's.
    """

    url: str
    collection_id: str
    document_ids: frozenset[str]

    @property
    def is_manual(self) -> bool:
        """Whether no document names it."""
        return not self.document_ids


@dataclass(frozen=True, slots=True)
class MetPage(FoundAddress):
    """A page on which others were met."""

    def supported_by(self, document_ids: frozenset[str], *, by_hand: bool) -> MetPage:
        """The same: there is nothing in it that another document says."""
        return self


@dataclass(frozen=True, slots=True)
class FoundPage(FoundAddress):
    """What became of an address; where it was met, and led, is said to those alone who may know of that page too."""

    row: CrawlPage
    found_on: str | None
    final_url: str | None

    def supported_by(self, document_ids: frozenset[str], *, by_hand: bool) -> FoundPage:
        """The same: there is nothing in it that another document says."""
        return self


@dataclass(frozen=True, slots=True)
class WantedPages:
    """Which addresses are looked for; None is any."""

    verdict: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of the addresses of one run, seen with the eyes of one caller."""

    chokepoint: Chokepoint
    session: TenantSession
    caller: Caller
    job: CrawlJob

    async def page(self, wanted: WantedPages, request: PageRequest) -> Page[Visible[FoundPage]]:
        """A page of them: as many as were asked for, if there are as many the caller may see."""
        seen: list[Visible[FoundPage]] = []
        after, size = _place(request.after), request.limit + 1
        while True:
            rows = await self._rows(wanted, after, size, rising=request.order == "asc")
            found = await self._found(rows)
            seen += await self.chokepoint.filter_graph_results_by_acl(self.session, self.caller, found)
            if len(rows) < size or len(seen) > request.limit:
                return cut(seen, request, lambda page: str(page.value.row.position))
            after, size = rows[-1].position, max(size, _WINDOW)

    async def _rows(self, wanted: WantedPages, after: int | None, size: int, *, rising: bool) -> Sequence[CrawlPage]:
        found: Any = select(CrawlPage).where(CrawlPage.job_id == self.job.id)
        settled = CrawlPage.verdict.is_not(None) if wanted.verdict is None else CrawlPage.verdict == wanted.verdict
        found = found.where(settled)
        if wanted.reason is not None:
            found = found.where(CrawlPage.reason == wanted.reason)
        if after is not None:
            found = found.where(CrawlPage.position > after if rising else CrawlPage.position < after)
        place: Any = CrawlPage.position
        ordered = found.order_by(place.asc() if rising else place.desc()).limit(size)
        return list(await self.session.scalars(ordered))

    async def _found(self, rows: Sequence[CrawlPage]) -> list[FoundPage]:
        met = {url for row in rows for url in (row.found_on, _led(row)) if url is not None}
        above, mine = await self._above(met), self.job.collection_id
        pages = [MetPage(url, mine, _nearest(*above[url], above)) for url in met]
        known = await self.chokepoint.filter_graph_results_by_acl(self.session, self.caller, pages)
        told = {page.value.url for page in known}
        return [
            FoundPage(
                row.url,
                mine,
                _nearest(row.document_id, row.found_on, above),
                row,
                row.found_on if row.found_on in told else None,
                row.final_url if row.document_id is not None or row.final_url in told else None,
            )
            for row in rows
        ]

    async def _above(self, urls: set[str]) -> _Above:
        """What is known of some pages, and of those on the way up from them to the next that is a document."""
        known: dict[str, tuple[str | None, str | None]] = {}
        columns = (CrawlPage.url, CrawlPage.document_id, CrawlPage.found_on)
        while urls:
            digests = [hashlib.sha256(url.encode()).hexdigest() for url in urls]
            wanted = select(*columns).where(CrawlPage.job_id == self.job.id, CrawlPage.digest.in_(digests))
            rows = await self.session.execute(wanted)
            found = {url: (document_id, found_on) for url, document_id, found_on in rows}
            known |= dict.fromkeys(urls, (None, None)) | found
            urls = {met for document_id, met in found.values() if document_id is None and met} - known.keys()
        return known


def _led(row: CrawlPage) -> str | None:
    """Where an address led that came to no document of its own: that may be another's."""
    return row.final_url if row.document_id is None else None


def _nearest(document_id: str | None, found_on: str | None, above: _Above) -> frozenset[str]:
    seen = set[str]()
    while document_id is None and found_on is not None and found_on not in seen:
        seen.add(found_on)
        document_id, found_on = above.get(found_on, (None, None))
    return frozenset() if document_id is None else frozenset({document_id})


def _place(after: str | None) -> int | None:
    return int(after) if after is not None and after.isdigit() and len(after) < 10 else None
