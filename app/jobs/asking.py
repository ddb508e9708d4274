"""Ground floor, jobs: ask for work in the transaction that makes it necessary, or call it off in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select, update

from app.db.tenancy import WRITES, ForeignRow, WriteInReading
from app.db.transaction import Transaction
from app.db.upsert import insert_missing
from app.ids import new_id
from app.jobs.kinds import LANE_OF, JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import CANCELLED, WAITING, Job

_JOBS = cast("Table", Job.__table__)
_FIRST = insert(_JOBS)


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
    """Promise a job. Asked for again while it waits it is one job; asked for while it runs, it then runs once more."""
    session, now, offered = transaction.session, transaction.clock.now(), _offered(transaction, wanted)
    await session.flush()  # what it is about is written first, and whoever else asks waits
    connection = await session.connection()
    await connection.run_sync(insert_missing, _JOBS, [offered])
    asked = select(Job).where(Job.active_key == offered["active_key"])
    job = (await session.scalars(asked.with_for_update(), execution_options={"populate_existing": True})).one()
    if job.id != offered["id"]:
        _ask_again(job, wanted, now)
        await session.flush()
    job_id = job.id
    transaction.after_commit(lambda: queue.wake(job_id, wanted.kind))
    return job_id


def ask_for_the_first_time(transaction: Transaction, queue: JobQueue, wanted: Wanted) -> str:
    """Promise a job for what came to be in this very transaction: nobody else can have asked for it."""
    offered = _offered(transaction, wanted)
    transaction.before_commit_together(_add, offered)
    job_id: str = offered["id"]
    transaction.after_commit(lambda: queue.wake(job_id, wanted.kind))
    return job_id


async def call_off(transaction: Transaction, kind: JobKind, subject_id: str) -> bool:
    """Cancel a job that waits or runs; whoever does it is told within a heartbeat. Says whether there was one."""
    called_off = update(Job).where(Job.active_key == _key(kind, subject_id))
    now = transaction.clock.now()
    ended = {"state": CANCELLED, "active_key": None, "finished_at": now, "again": None, "waiting_for": None}
    done = await transaction.session.execute(
        called_off.values(**ended, lease=None, lease_until=None), execution_options={"synchronize_session": False}
    )
    return bool(cast("Any", done).rowcount)


def _ask_again(job: Job, wanted: Wanted, now: datetime) -> None:
    due = wanted.due_at or now
    if job.state == WAITING:
        job.due_at = min(job.due_at, due)
        job.payload = {**job.payload, **wanted.payload}
        return
    job.due_at = due if job.again is None else min(job.due_at, due)
    job.again = {**(job.again or {}), **wanted.payload}


async def _add(transaction: Transaction, offered: Sequence[Mapping[str, Any]]) -> None:
    await (await transaction.session.connection()).execute(_FIRST, offered)


def _offered(transaction: Transaction, wanted: Wanted) -> dict[str, Any]:
    """The row of a job that may be asked for here."""
    if not transaction.session.reach.covers(wanted.tenant_id):
        raise ForeignRow("Job of another tenant")
    if not transaction.session.info[WRITES]:
        raise WriteInReading("a job was asked for in a transaction opened for reading")
    now = transaction.clock.now()
    return {
        "id": new_id("job"),
        "tenant_id": wanted.tenant_id,
        "kind": wanted.kind,
        "lane": LANE_OF[wanted.kind],
        "subject_id": wanted.subject_id,
        "payload": dict(wanted.payload),
        "state": WAITING,
        "active_key": _key(wanted.kind, wanted.subject_id),
        "due_at": wanted.due_at or now,
        "attempts": 0,
        "lost": 0,
        "faults": 0,
        "created_at": now,
    }


def _key(kind: JobKind, subject_id: str) -> str:
    return f"{kind}:{subject_id}"
