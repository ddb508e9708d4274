"""Knowing, crawls: what became of each address of a run is kept for a season, the run itself for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, Table, delete, exists, select

from indexing.crawls.tables import ENDED, CrawlJob, CrawlPage

KEPT = timedelta(days=90)
_RUNS_AT_ONCE, _PAGES_AT_ONCE = 20, 2000
_JOBS, _PAGES = cast("Table", CrawlJob.__table__), cast("Table", CrawlPage.__table__)


def forget_ledgers(connection: Connection, now: datetime) -> int:
    """Forget a batch of what runs of long ago met; returns how many addresses that were."""
    has_any = exists().where(_PAGES.c.job_id == _JOBS.c.id)
    ended = select(_JOBS.c.id).where(_JOBS.c.status.in_(ENDED), _JOBS.c.finished_at < now - KEPT, has_any)
    gone = 0
    for job_id in list(connection.scalars(ended.order_by(_JOBS.c.finished_at).limit(_RUNS_AT_ONCE))):
        wanted = select(_PAGES.c.position).where(_PAGES.c.job_id == job_id)
        some = list(connection.scalars(wanted.order_by(_PAGES.c.position).limit(_PAGES_AT_ONCE - gone)))
        if some:
            mine = (_PAGES.c.job_id == job_id, _PAGES.c.position <= some[-1])
            gone += connection.execute(delete(_PAGES).where(*mine)).rowcount
        if gone >= _PAGES_AT_ONCE:
            break
    return gone
