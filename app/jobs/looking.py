"""Ground floor, jobs: how the work stands as a whole, and what of it is to be said again or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, delete, func, select

from app.jobs.kinds import JobKind, Lane
from app.jobs.standing import may_be_done
from app.jobs.tables import DONE, ENDED, RUNNING, WAITING, Job

KEPT = timedelta(days=7)
UPKEEP_KEPT = timedelta(days=1)  # there is some of it every hour for every collection
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Overview:
    """How much is under way, how much of that nobody does any more, and since when the oldest due job waits."""

    running: int
    left_behind: int
    oldest_due: datetime | None


def overview(connection: Connection, now: datetime) -> Overview:
    """Look at all jobs of the platform; costs the same however many wait."""
    running = connection.scalar(select(func.count()).where(Job.state == RUNNING))
    left = connection.scalar(select(func.count()).where(Job.state == RUNNING, Job.lease_until <= now, may_be_done()))
    due = [_oldest_due(connection, lane, now) for lane in Lane]
    return Overview(running or 0, left or 0, min((one for one in due if one is not None), default=None))


def unbegun(
    connection: Connection, lane: Lane, before: datetime, now: datetime, most: int
) -> Sequence[tuple[str, JobKind]]:
    """The first jobs of a lane that should have been begun before a moment, or whose worker is gone by now."""
    columns, mine = select(Job.id, Job.kind).where(Job.kind.in_(list(JobKind)), may_be_done()), Job.lane == lane
    left = columns.where(Job.state == RUNNING, mine, Job.lease_until <= now).limit(most)
    due = columns.where(Job.state == WAITING, mine, Job.due_at <= before).order_by(Job.due_at).limit(most)
    rows = [*connection.execute(left), *connection.execute(due)]
    return [(str(job_id), JobKind(kind)) for job_id, kind in rows[:most]]


def forget_ended(connection: Connection, now: datetime) -> int:
    """Forget a batch of jobs that ended a week ago, and of upkeep that went well a day ago."""
    due = select(Job.id).order_by(Job.due_at).limit(_AT_ONCE)
    old = due.where(
        Job.state.in_(ENDED), Job.lane.in_(list(Lane)), Job.due_at < now - KEPT, Job.finished_at < now - KEPT
    )
    kept_up = due.where(Job.state == DONE, Job.lane == Lane.UPKEEP, Job.due_at < now - UPKEEP_KEPT)
    gone = [*connection.scalars(old), *connection.scalars(kept_up)]
    if gone:
        connection.execute(delete(Job).where(Job.id.in_(gone)))
    return len(gone)


def _oldest_due(connection: Connection, lane: Lane, now: datetime) -> datetime | None:
    waiting = select(func.min(Job.due_at)).where(Job.state == WAITING, Job.lane == lane, Job.due_at <= now)
    return cast("datetime | None", connection.scalar(waiting.where(may_be_done())))
