"""Knowing, crawls: one address is asked for, politely, and what it says is read; nothing is written yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.blobs.ports import BlobStore
from app.outbound.client import Allowance, OutboundClient
from indexing.crawls.finding import Finding, Known
from indexing.crawls.ledger import Met, Waiting
from indexing.crawls.links import WEB_PAGES, PageLinks, read_page
from indexing.crawls.pages import Asking, Page, fetch_page, links_of
from indexing.crawls.plan import Plan
from indexing.crawls.politeness import ASKING_FOR_REST, MOST_TRIES, Politeness
from indexing.crawls.reasons import Reason
from indexing.crawls.robots import Robots
from indexing.crawls.scope import LeftOut, host_of, judged
from indexing.crawls.tables import FETCHED, SKIPPED, UNCHANGED, UNREAD

_LONGEST_PAGE = 10 * 2**20  # of one that is not sent again, and is read for its links
_SILENCE = {Reason.UNREACHABLE, Reason.TIMEOUT}
_OF_OURS = {Reason.ROBOTS, Reason.ROBOTS_UNREACHABLE, Reason.SCOPE, Reason.TRAP, Reason.DUPLICATE, Reason.TYPE}
_MARKS = {"etag": "if-none-match", "last-modified": "if-modified-since"}


@dataclass(frozen=True, slots=True)
class Visiting:
    """Visits the addresses of one run.

    `left_out` says why an address is none of it; `met` whether one has a turn of its own, or had one; `held` what the
    collection holds of one.
    """

    client: OutboundClient
    robots: Robots
    politeness: Politeness
    blobs: BlobStore
    plan: Plan
    left_out: LeftOut
    allowance: Allowance
    met: Callable[[str], bool]
    held: Callable[[str], Awaitable[Known | None]]

    async def visit(self, row: Waiting, known: Known | None, most_bytes: int) -> Finding:
        """Say what is there now. An address may not take more than `most_bytes`, which ends what it reads."""
        finding = Finding(row, known=known)
        host = host_of(row.url)
        rules = await self.robots.of(host)
        if not rules.may(row.url):
            finding.verdict, finding.reason = SKIPPED, rules.forbids
        elif self.politeness.is_left(host):
            finding.reason = Reason.HOST_AWAY
        else:
            finding.page = await self._asked(row, finding, rules.delay, most_bytes)
            try:
                await self._read(finding)
                if finding.reason is Reason.TOO_LARGE and most_bytes < self.allowance.body_bytes:
                    finding.verdict, finding.reason = SKIPPED, Reason.LIMIT_BYTES
            except BaseException:
                finding.close()
                raise
        return finding

    async def _asked(self, row: Waiting, finding: Finding, delay: float | None, most_bytes: int) -> Page:
        """Ask, and ask again after the rests the host asks for, as long as that leads anywhere."""
        host, attempt = host_of(row.url), 1
        while True:
            async with self.politeness.turn(host, delay):
                page = await fetch_page(self.client, self._asking(row, finding.known, most_bytes))
            finding.is_page = finding.is_page or _is_answer(page)
            if page.unchanged and (finding.known is None or page.final_url != row.url):
                finding.known = None  # what did not change is not what is held
                continue
            if page.status not in ASKING_FOR_REST or attempt >= MOST_TRIES:
                break
            if not await self.politeness.asked_for_rest(host, attempt, page.retry_after):
                break
            attempt += 1
        if page.reason in _SILENCE and page.status is None:
            self.politeness.kept_silent(host)
        else:
            self.politeness.answered(host)
        return page

    def _asking(self, row: Waiting, known: Known | None, most_bytes: int) -> Asking:
        most = min(most_bytes, self.allowance.body_bytes)
        allowance = Allowance(self.allowance.total_s, self.allowance.read_s, most)
        conditions = {} if known is None or known.blob_key is None else _conditions(known)
        return Asking(row.url, conditions, allowance, hop=self._hop)

    async def _hop(self, url: str) -> Reason | None:
        """Why a redirect is not followed; if it is, its host's turn has come."""
        reason = Reason.DUPLICATE if self.met(url) else self.left_out(url)
        if reason is not None:
            return reason
        rules = await self.robots.of(host_of(url))
        if not rules.may(url):
            return rules.forbids
        await self.politeness.pause(host_of(url), rules.delay)
        return None

    async def _read(self, finding: Finding) -> None:
        page = finding.page
        if page is None:
            return
        if page.reason is not None:
            finding.reason = page.reason
            finding.former = finding.known if page.reason is Reason.DUPLICATE else None
            finding.verdict = SKIPPED if page.reason in _OF_OURS else UNREAD
            return
        if finding.url != finding.row.url:
            finding.known, finding.former = await self.held(finding.url), finding.known
        finding.verdict = FETCHED if finding.has_changed else UNCHANGED
        said = await (self._as_before(finding) if page.unchanged else links_of(page))
        finding.noindex = said.noindex
        if said.canonical is not None and said.canonical != finding.url and self.left_out(said.canonical) is None:
            finding.canonical = said.canonical
        links = [] if said.nofollow else said.links
        finding.links = await self._leading(links, finding.row.depth + 1)

    async def _as_before(self, finding: Finding) -> PageLinks:
        """The links of a page that was not sent again, out of what is held of it."""
        known = finding.known
        if known is None or known.blob_key is None or known.mime_type not in WEB_PAGES:
            return PageLinks([])
        body, kind, url = bytearray(), known.mime_type, finding.url
        async with self.blobs.read(known.blob_key) as parts:
            if parts is not None:
                async for part in parts:
                    body += part
                    if len(body) >= _LONGEST_PAGE:
                        break
        return await asyncio.to_thread(read_page, bytes(body[:_LONGEST_PAGE]), url, kind)

    async def _leading(self, links: Sequence[str], depth: int) -> list[Met]:
        """Where a page leads, with what is left out of that; who is deeper than the plan goes leads nowhere."""
        if depth > self.plan.max_depth + 1:
            return []
        too_deep = Reason.DEPTH if depth > self.plan.max_depth else None
        reasons = await judged(links, self.plan, self.left_out)
        return [Met(url, reason or too_deep) for url, reason in zip(links, reasons, strict=True)]


def marks_of(page: Page) -> dict[str, str]:
    """What a page says of its version, to be asked by the next time."""
    said = {name: page.headers.get(name, "") for name in _MARKS}
    return {name: value for name, value in said.items() if 0 < len(value) <= 500}


def _conditions(known: Known) -> dict[str, str]:
    return {header: str(known.state[name]) for name, header in _MARKS.items() if name in known.state}


def _is_answer(page: Page) -> bool:
    """Whether somebody answered what was asked for as content: with a body, or that it is as before."""
    if page.status is None or page.status in {301, 302, 303, 307, 308}:
        return False
    return page.status != 204 and page.headers.get("content-length") != "0"
