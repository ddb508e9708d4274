"""Ground floor, jobs: who does which job, for how long without a word, and how it ended.

A job belongs to whoever wrote the lease its row holds. A lease that ran out is free to be taken, and what its late
owner has to say changes nothing, because the row holds another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, bindparam, exists, null, select, update

from app.clock import Clock
from app.db.deadlock import transact
from app.ids import new_id
from app.jobs.choosing import Seen, Turns, free, next_jobs
from app.jobs.kinds import LANE_OF, JobKind, Lane
from app.jobs.standing import may_be_done, standing_still
from app.jobs.tables import DONE, FAILED, LONGEST_MESSAGE, LONGEST_REASON, RUNNING, WAITING, Job
from app.jobs.work import Failed, Held, Later

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
        return next(iter(self.claim_some(dict.fromkeys(lanes, 1))), None)

    def claim_some(self, lanes: Mapping[Lane, int]) -> list[Held]:
        """Take the next jobs of the first of some lanes that has any, at most as many as is said of the lane."""
        busy = self._with_something(lanes)
        return next((taken for lane in busy if (taken := self._claim_in(lane, lanes[lane]))), [])

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
        return self._write(held, None)

    def failed(self, held: Held, why: Failed) -> bool:
        """It has ended, and nobody will try again."""
        return self._write(held, why)

    def later(self, held: Held, later: Later) -> bool:
        """It will be tried again, for ever if need be; what was asked for while it ran is not made to wait."""
        return self._write(held, later)

    def give_back(self, held: Held) -> bool:
        """It was begun and not done by any fault of its own: as if it had not been begun."""
        given = {"state": WAITING, "attempts": held.attempt - 1, **_FREED}
        return transact(self.engine, lambda connection: _write(connection, held, lambda _: given))

    def end(self, connection: Connection, held: Held, ending: Later | Failed | None) -> bool:
        """Write in somebody's transaction how it ended; None is well. False where it was not ours any more."""
        now = self.clock.now()
        if ending is None and connection.execute(_DOING_WELL, {**_mine_of(held), "finished_at": now}).rowcount:
            return True

        def values(again: Any) -> Mapping[str, Any]:
            return _put_off(held, ending, again, now) if isinstance(ending, Later) else _ended(ending, again, now)

        return _write(connection, held, values)

    def _write(self, held: Held, ending: Later | Failed | None) -> bool:
        return transact(self.engine, lambda connection: self.end(connection, held, ending))

    def _with_something(self, lanes: Collection[Lane]) -> list[Lane]:
        """Those that have a job to take: the one look an idle worker takes, over and over."""
        asked = _looking(tuple(lanes), tuple(sorted(self.kinds)))
        with self._reading.connect() as connection:
            found = connection.execute(asked, {"now": self.clock.now()}).one()
        return [lane for lane, has_any in zip(lanes, found, strict=True) if has_any]

    def _claim_in(self, lane: Lane, number: int) -> list[Held]:
        taken: list[Held] = []
        for _ in range(_ROUNDS):
            now = self.clock.now()
            with self._reading.connect() as connection:
                seen = next_jobs(connection, lane, self.kinds, self.turns, now, number)
            while seen and len(taken) < number:
                some, seen = seen[: number - len(taken)], seen[number - len(taken) :]
                taken += self._take(some)
            if taken or not seen:
                break
        for held in taken:
            self.turns.took(lane, held.tenant_id)
        return taken

    def _take(self, some: Sequence[Seen]) -> list[Held]:
        """Take those that are still as they were seen."""
        now = self.clock.now()
        was = {seen.id: seen.lease for seen in some}

        def work(connection: Connection) -> list[Held]:
            mine = select(_JOBS).where(_JOBS.c.id.in_(sorted(was)), free(now), may_be_done())
            asked = mine.order_by(_JOBS.c.id).with_for_update()
            rows = {row.id: row for row in connection.execute(asked) if row.lease == was[row.id]}
            held = [(rows[id_], _held(rows[id_])) for id_ in was if id_ in rows]
            if held:
                connection.execute(_BEGINNING, [_begun(row, one, now, now + self.length) for row, one in held])
            return [one for _, one in held]

        return transact(self.engine, work)

    @property
    def _reading(self) -> Engine:
        return self.engine.execution_options(writes=False)


@cache
def _looking(lanes: Sequence[Lane], kinds: Sequence[JobKind]) -> Any:
    now = bindparam("now", type_=_JOBS.c.due_at.type)
    return select(*(exists().where(free(now), Job.lane == lane, Job.kind.in_(kinds)) for lane in lanes))


def _held(row: Any) -> Held:
    return Held(
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


def _begun(row: Any, held: Held, now: datetime, until: datetime) -> dict[str, Any]:
    return {
        "its_id": held.id,
        "lease": held.lease,
        "lease_until": until,
        "attempts": held.attempt,
        "lost": held.lost,
        "payload": held.payload,
        "started_at": row.started_at or now,
    }


def _ended(why: Failed | None, again: Any, now: datetime) -> Mapping[str, Any]:
    if again is not None:
        anew = {"state": WAITING, "payload": again, "again": None, "attempts": 0, "started_at": None}
        return {**anew, **_FORGIVEN, **_FREED}
    said = (DONE, None, None) if why is None else (FAILED, why.code, why.message[:LONGEST_MESSAGE])
    told = dict(zip(("state", "error_code", "error_message"), said, strict=True))
    return {**told, "active_key": None, "finished_at": now, **_FREED}


def _put_off(held: Held, later: Later, again: Any, now: datetime) -> Mapping[str, Any]:
    faults = held.faults + 1 if later.fault else 0
    due_at, reason = now + timedelta(seconds=later.seconds), later.reason[:LONGEST_REASON]
    wait = {"due_at": due_at, "waiting_for": reason} if again is None else {}
    return {"state": WAITING, "lost": 0, "faults": faults, **_FREED, **wait}


def _write(connection: Connection, held: Held, values: Callable[[Any], Mapping[str, Any]]) -> bool:
    row = connection.execute(_ASKED_AGAIN, _mine_of(held)).one_or_none()
    if row is None:
        return False
    connection.execute(_CHANGING, {"its_id": held.id, **values(row.again)})
    return True


_JOBS = cast("Table", Job.__table__)
_MINE = (_JOBS.c.id == bindparam("its_id"), _JOBS.c.lease == bindparam("its_lease"), _JOBS.c.state == RUNNING)
_ASKED_AGAIN = select(_JOBS.c.again).where(*_MINE).with_for_update()
_CHANGING = update(_JOBS).where(_JOBS.c.id == bindparam("its_id"))
_DOING_WELL = (
    update(_JOBS)
    .where(*_MINE, _JOBS.c.again.is_(None))
    .values(state=DONE, error_code=None, error_message=None, active_key=None, **_FREED)
)
_BEGINNING = _CHANGING.values(state=RUNNING, again=null(), waiting_for=None)


def _mine_of(held: Held) -> dict[str, Any]:
    return {"its_id": held.id, "its_lease": held.lease}


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
