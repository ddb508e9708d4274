"""Ground floor, jobs: ask for work in the transaction that makes it necessary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.db.transaction import Transaction
from app.ids import new_id
from app.jobs.kinds import LANE_OF, JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import WAITING, Job


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done, to what, and from when on."""

    kind: JobKind
    subject_id: str
    tenant_id: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None  # None is at once


async def ask_for(
    transaction: Transaction,
    queue: JobQueue,
    wanted: Wanted,
) -> str:
    """Promise a job; asked for again while it waits or runs, it is one job that begins anew after the last asking."""
    now, key = transaction.clock.now(), f"{wanted.kind}:{wanted.subject_id}"
    found = await transaction.session.scalar(select(Job).where(Job.active_key == key).with_for_update())
    if found is not None:
        found.again = found.state != WAITING
        found.due_at = min(found.due_at, wanted.due_at or now)
        found.payload = {**found.payload, **wanted.payload}
        job_id = found.id
    else:
        job_id = new_id("job")
        transaction.session.add(
            Job(
                id=job_id,
                tenant_id=wanted.tenant_id,
                kind=wanted.kind,
                lane=LANE_OF[wanted.kind],
                subject_id=wanted.subject_id,
                payload=dict(wanted.payload),
                state=WAITING,
                active_key=key,
                due_at=wanted.due_at or now,
                created_at=now,
            )
        )
    await transaction.session.flush()
    transaction.after_commit(lambda: queue.wake(job_id, wanted.kind))
    return job_id
