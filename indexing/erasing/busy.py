"""Knowing, erasing: what somebody may still be writing of; nobody erases under their hands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from app.db.tenancy import TenantSession
from app.jobs.kinds import JobKind
from app.jobs.tables import CANCELLED, RUNNING, Job

WRITING = (
    JobKind.INGEST_DOCUMENT,
    JobKind.RECHUNK_COLLECTION,
    JobKind.REEXTRACT_COLLECTION_GRAPH,
    JobKind.FORK_COLLECTION,
    JobKind.RECONCILE_COLLECTION,
)
_TOLD_WITHIN = timedelta(seconds=30)  # whoever does a job that was called off hears of it by the end of their lease


async def busy(session: TenantSession, subject_ids: Collection[str], now: datetime) -> set[str]:
    """Those among some things that a living worker has in its hands."""
    works = and_(Job.state == RUNNING, Job.lease_until > now)
    may_still = and_(Job.state == CANCELLED, Job.started_at.is_not(None), Job.finished_at > now - _TOLD_WITHIN)
    wanted = select(Job.subject_id).where(Job.subject_id.in_(subject_ids), Job.kind.in_(WRITING), or_(works, may_still))
    return set(await session.scalars(wanted))
