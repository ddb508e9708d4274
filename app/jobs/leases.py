"""Ground floor, jobs: who does which job, for how long without a word, and how it ended.

A job belongs to whoever wrote the lease its row holds. A lease that ran out is free to be taken, and what its late
owner has to say changes nothing, because the row holds another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, select, update

from app.clock import Clock
from app.db.deadlock import transact
from app.ids import new_id
from app.jobs.choosing import Seen, Turns, free, next_jobs
from app.jobs.kinds import LANE_OF, JobKind, Lane
from app.jobs.standing import may_be_done, standing_still
from app.jobs.tables import DONE, FAILED, LONGEST_MESSAGE, LONGEST_REASON, RUNNING, WAITING, Job
from app.jobs.work import Failed, Held, Later

T = TypeVar("T")
LEASE = timedelta(seconds=30)
_ROUNDS = 5  # how often to look anew when others were faster
_FREED: dict[str, Any] = {"lease": None, "lease_until": None}
_FORGIVEN: dict[str, Any] = {"lost": 0, "faults": 0}


@dataclass(frozen=True, slots=True)
class Leases:
    """Takes jobs, keeps them and lets go of them; blocks on the database, so it is asked on a thread."""

    engine: Engine
    clock: Clock
    kinds: Collection[JobKind]
    length: timedelta = LEASE
    turns: Turns = field(default_factory=Turns)

    def claim(self, lanes: Sequence[Lane]) -> Held | None:
        """Take the next job of the first of some lanes that has one."""
        if not self._anything_in(lanes):
            return None
        return next((held for lane in lanes if (held := self._claim_in(lane)) is not None), None)

    def renew(self, jobs: Collection[Held]) -> Collection[str]:
        """Give a sign of life; returns those leases that are still ours, and whose tenants still want the work done."""
        until = self.clock.now() + self.length

        def work(connection: Connection) -> list[str]:
            kept = update(Job).values(lease_until=until)
            wanted = _wanted(connection, jobs)
            return [held.lease for held in _ordered(wanted) if connection.execute(kept.where(*_ours(held))).rowcount]

        return transact(self.engine, work) if jobs else ()

    def done(self, held: Held) -> bool:
        """It has ended well; False, here and below, where it was not ours any more and nothing was written."""
        return self._end(held, {"state": DONE, "error_code": None, "error_message": None})

    def failed(self, held: Held, why: Failed) -> bool:
        """It has ended, and nobody will try again."""
        said = {"error_code": why.code, "error_message": why.message[:LONGEST_MESSAGE]}
        return self._end(held, {"state": FAILED, **said})

    def later(self, held: Held, later: Later) -> bool:
        """It will be tried again, for ever if need be; what was asked for while it ran is not made to wait."""
        due_at, faults = self.clock.now() + timedelta(seconds=later.seconds), held.faults + 1 if later.fault else 0

        def values(row: Row[Any]) -> Mapping[str, Any]:
            wait = {"due_at": due_at, "waiting_for": later.reason[:LONGEST_REASON]} if row.again is None else {}
            return {"state": WAITING, "lost": 0, "faults": faults, **_FREED, **wait}

        return self._write(held, values)

    def give_back(self, held: Held) -> bool:
        """It was begun and not done by any fault of its own: as if it had not been begun."""
        return self._write(held, lambda _: {"state": WAITING, "attempts": held.attempt - 1, **_FREED})

    def _end(self, held: Held, ended: Mapping[str, Any]) -> bool:
        now = self.clock.now()

        def values(row: Row[Any]) -> Mapping[str, Any]:
            if row.again is not None:
                anew = {"state": WAITING, "payload": row.again, "again": None, "attempts": 0, "started_at": None}
                return {**anew, **_FORGIVEN, **_FREED}
            return {**ended, "active_key": None, "finished_at": now, **_FREED}

        return self._write(held, values)

    def _write(self, held: Held, values: Any) -> bool:
        def work(connection: Connection) -> bool:
            row = connection.execute(select(Job.again).where(*_ours(held)).with_for_update()).one_or_none()
            if row is None:
                return False
            connection.execute(update(Job).where(Job.id == held.id).values(values(row)))
            return True

        return transact(self.engine, work)

    def _anything_in(self, lanes: Sequence[Lane]) -> bool:
        """The one look an idle worker takes, over and over."""
        there = select(Job.id).where(free(self.clock.now()), Job.lane.in_(lanes), Job.kind.in_(sorted(self.kinds)))
        with self._reading.connect() as connection:
            return connection.execute(there.limit(1)).first() is not None

    def _claim_in(self, lane: Lane) -> Held | None:
        for _ in range(_ROUNDS):
            now = self.clock.now()
            with self._reading.connect() as connection:
                seen = next_jobs(connection, lane, self.kinds, self.turns, now)
            for one in seen:
                if (held := self._take(one)) is not None:
                    self.turns.took(lane, one.tenant_id)
                    return held
            if not seen:
                break
        return None

    def _take(self, seen: Seen) -> Held | None:
        now = self.clock.now()
        same = Job.lease.is_(None) if seen.lease is None else Job.lease == seen.lease

        def work(connection: Connection) -> Held | None:
            asked = select(Job).where(Job.id == seen.id, same, free(now), may_be_done()).with_for_update()
            row = connection.execute(asked).one_or_none()
            return None if row is None else _begin(connection, row, now, self.length)

        return transact(self.engine, work)

    @property
    def _reading(self) -> Engine:
        return self.engine.execution_options(writes=False)


def _begin(connection: Connection, row: Row[Any], now: datetime, length: timedelta) -> Held:
    held = Held(
        id=row.id,
        tenant_id=row.tenant_id,
        kind=JobKind(row.kind),
        subject_id=row.subject_id,
        lease=new_id("lease"),
        attempt=row.attempts + 1,
        lost=row.lost + (row.state == RUNNING),
        faults=row.faults,
        payload={**row.payload, **(row.again or {})},
    )
    connection.execute(
        update(Job)
        .where(Job.id == row.id)
        .values(
            state=RUNNING,
            lease=held.lease,
            lease_until=now + length,
            attempts=held.attempt,
            lost=held.lost,
            payload=held.payload,
            again=None,
            waiting_for=None,
            started_at=row.started_at or now,
        )
    )
    return held


def _ours(held: Held) -> tuple[Any, ...]:
    return Job.id == held.id, Job.lease == held.lease, Job.state == RUNNING


def _wanted(connection: Connection, jobs: Collection[Held]) -> list[Held]:
    """Those whose tenants have not been suspended since."""
    still = {
        (tenant_id, lane)
        for lane in {LANE_OF[held.kind] for held in jobs}
        for tenant_id in standing_still(connection, {held.tenant_id for held in jobs}, lane)
    }
    return [held for held in jobs if (held.tenant_id, LANE_OF[held.kind]) not in still]


def _ordered(jobs: Collection[Held]) -> list[Held]:
    """Everybody takes the locks of rows in one order."""
    return sorted(jobs, key=lambda held: held.id)
