"""Knowing, crawls: what is written down of a run: every address once, and the counts, by whoever holds the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from app.db.writer import Writing
from indexing.crawls.reasons import Reason
from indexing.crawls.tables import DONE, FETCHED, QUEUED, RUNNING, SKIPPED, UNCHANGED, CrawlJob, CrawlPage

MOST_LISTED = 100_000  # addresses of one run; what is met after that is only counted


class WalkLost(Exception):
    """Whoever walked does no more: the run was cancelled or is gone, or another has taken it over."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An address whose turn is still to come."""

    position: int
    url: str
    depth: int


@dataclass(frozen=True, slots=True)
class Met:
    """An address on its way into the ledger: to be fetched, unless a reason says otherwise at once."""

    url: str
    reason: str | None = None
    document_id: str | None = None  # whose address it is, where that alone leads there

    @property
    def digest(self) -> bytes:
        """By what it is known again."""
        return digest_of(self.url)


@dataclass(slots=True)
class Tally:
    """The counts of a run, as its row has them."""

    pages: int = 0
    pages_fetched: int = 0
    pages_unchanged: int = 0
    pages_skipped: int = 0
    pages_failed: int = 0
    pages_queued: int = 0
    bytes_fetched: int = 0
    listed: int = 0
    unlisted: int = 0
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where links are found: whose run, on which page, and how deep they lead."""

    tenant_id: str
    job_id: str
    found_on: str | None
    depth: int


@lru_cache(maxsize=8192)
def digest_of(url: str) -> bytes:
    """By what an address is known again within a run."""
    return sha256(url.encode()).digest()


def hold(writing: Writing, job_id: str, lease: str) -> Tally:
    """Hold a run until the commit, and say how far it is; whoever walks it no more is told so."""
    row = writing.on.execute(_HOLDING, {"its_id": job_id, "its_run": lease}).one_or_none()
    if row is None:
        raise WalkLost(job_id)
    return Tally(*row)


def write_tally(writing: Writing, job_id: str, tally: Tally) -> None:
    """Write the counts of a run that is held."""
    writing.on.execute(_TALLYING, {"its_id": job_id, "updated_at": writing.at, **asdict(tally)})


def write_verdicts(writing: Writing, job_id: str, verdicts: Sequence[Mapping[str, Any]]) -> None:
    """Settle addresses, each named by `its_position`; all say the same columns, and `its_document` if there is one."""
    rows = [{**said, "its_job": job_id, "state": DONE} for said in verdicts]
    if rows:
        writing.on.execute(_SETTLING, rows)


def enlist(writing: Writing, tally: Tally, met: Sequence[tuple[Place, Sequence[Met]]]) -> None:
    """Put addresses into the ledger that are not in it yet, as far as it goes."""
    each = [(place, one) for place, some in met for one in some]
    room = max(0, MOST_LISTED - tally.listed)
    listed = each[:room]
    rows = [_row(place, one, tally.listed + number) for number, (place, one) in enumerate(listed)]
    if rows:
        writing.on.execute(_LISTING, rows)
    left_out = sum(one.reason is not None for _, one in listed)
    tally.unlisted += len(each) - len(listed)
    tally.listed += len(listed)
    tally.pages_skipped += left_out
    tally.pages_queued += len(listed) - left_out


def enlist_above(writing: Writing, tally: Tally, met: Sequence[tuple[Place, str, str | None]]) -> None:
    """Put addresses into the ledger that are only where others were met, with their documents; nobody asks for them."""
    rows = [
        _row(place, Met(url, document_id=document_id), tally.listed + number) | {"state": DONE}
        for number, (place, url, document_id) in enumerate(met)
    ]
    if rows:
        writing.on.execute(_LISTING, rows)
    tally.listed += len(rows)


def close_queue(connection: Connection, job_id: str, reason: Reason) -> int:
    """Settle, with one reason, whatever still waits in a run that is held; returns how many addresses that were."""
    values = {"state": DONE, "verdict": SKIPPED, "reason": reason}
    closing = update(_PAGES).where(_PAGES.c.job_id == job_id, _PAGES.c.state == QUEUED).values(values)
    number = connection.execute(closing).rowcount
    jobs = update(_JOBS).where(_JOBS.c.id == job_id)
    connection.execute(jobs.values(pages_skipped=_JOBS.c.pages_skipped + number, pages_queued=0))
    return number


def waiting_after(connection: Connection, job_id: str, depth: int, position: int, limit: int) -> list[Waiting]:
    """The addresses that wait at one depth, in the order of their turns."""
    wanted = select(_PAGES.c.position, _PAGES.c.url, _PAGES.c.depth).where(
        _PAGES.c.job_id == job_id, _PAGES.c.state == QUEUED, _PAGES.c.depth == depth, _PAGES.c.position > position
    )
    return [Waiting(*row) for row in connection.execute(wanted.order_by(_PAGES.c.position).limit(limit))]


def next_depth(connection: Connection, job_id: str) -> int | None:
    """How deep the next address is; None if none waits."""
    wanted = select(_PAGES.c.depth).where(_PAGES.c.job_id == job_id, _PAGES.c.state == QUEUED)
    return connection.scalar(wanted.order_by(_PAGES.c.depth).limit(1))


def known_of(connection: Connection, job_id: str) -> dict[bytes, bool]:
    """Every address in a ledger by its digest, and whether it stands for content that is kept or still to come."""
    columns = (_PAGES.c.digest, _PAGES.c.final_digest, _PAGES.c.state, _PAGES.c.verdict, _PAGES.c.document_id)
    known: dict[bytes, bool] = {}
    for digest, final, state, verdict, held in connection.execute(select(*columns).where(_PAGES.c.job_id == job_id)):
        alive = state == QUEUED or verdict in _OF_CONTENT or (verdict is None and held is not None)
        known[bytes.fromhex(digest)] = alive
        if final is not None and alive:
            known[bytes.fromhex(final)] = True
    return known


def _row(place: Place, one: Met, position: int) -> dict[str, Any]:
    return {
        "tenant_id": place.tenant_id,
        "job_id": place.job_id,
        "position": position,
        "url": one.url,
        "digest": one.digest.hex(),
        "depth": place.depth,
        "found_on": place.found_on,
        "state": QUEUED if one.reason is None else DONE,
        "verdict": None if one.reason is None else SKIPPED,
        "reason": one.reason,
        "document_id": one.document_id,
        "bytes": 0,
    }


_OF_CONTENT = (FETCHED, UNCHANGED)
_JOBS, _PAGES = cast("Table", CrawlJob.__table__), cast("Table", CrawlPage.__table__)
_HOLDING = (
    select(*(_JOBS.c[name] for name in Tally.__dataclass_fields__))
    .where(_JOBS.c.id == bindparam("its_id"), _JOBS.c.run == bindparam("its_run"), _JOBS.c.status == RUNNING)
    .with_for_update()
)
_TALLYING = update(_JOBS).where(_JOBS.c.id == bindparam("its_id")).values(changes=_JOBS.c.changes + 1)
_LISTING = insert(_PAGES)
_SETTLING = (
    update(_PAGES)
    .where(_PAGES.c.job_id == bindparam("its_job"), _PAGES.c.position == bindparam("its_position"))
    .values(document_id=func.coalesce(bindparam("its_document"), _PAGES.c.document_id))
)
