"""Ground floor, jobs: which job is to be done next, so that nobody's thousands hold up somebody else's one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, func, or_, select

from app.jobs.kinds import JobKind, Lane
from app.jobs.standing import may_be_done, standing_still
from app.jobs.tables import RUNNING, WAITING, Job

_OF_ONE_TENANT, _SPARE = 4, 12  # so that somebody who is slower than others still finds one
_REMEMBERED = 4096  # tenants


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as it was when it was chosen; it is taken only if it still is so."""

    id: str
    tenant_id: str
    lease: str | None  # of whoever had it and is gone


@dataclass(slots=True)
class Turns:
    """Whose turn it is among tenants that have equally much under way: whoever was served longest ago, here."""

    _served: OrderedDict[tuple[str, str], int] = field(default_factory=OrderedDict)
    _count: int = 0

    def took(self, lane: str, tenant_id: str) -> None:
        """Remember that a tenant has had its turn."""
        self._count += 1
        self._served[lane, tenant_id] = self._count
        self._served.move_to_end((lane, tenant_id))
        if len(self._served) > _REMEMBERED:
            self._served.popitem(last=False)

    def last(self, lane: str, tenant_id: str) -> int:
        """When it last had one; 0 is never."""
        return self._served.get((lane, tenant_id), 0)


def free(now: datetime | BindParameter[datetime]) -> Any:
    """What may be taken: what waits and is due, and what runs without anybody's heartbeat."""
    waits = and_(Job.state == WAITING, Job.due_at <= now)
    return or_(waits, and_(Job.state == RUNNING, Job.lease_until <= now))


def next_jobs(
    connection: Connection, lane: Lane, kinds: Collection[JobKind], turns: Turns, now: datetime, number: int = 1
) -> list[Seen]:
    """What to take next in a lane, best first: what was left behind, then by turns of tenants, oldest due first.

    There are a few more than the `number` that is looked for, if there are so many.
    """
    among = (Job.lane == lane, Job.kind.in_(sorted(kinds)))
    columns, enough = select(Job.id, Job.tenant_id, Job.lease), number + _SPARE
    left = (Job.state == RUNNING, Job.lease_until <= now, may_be_done())
    behind = columns.where(*left, *among).order_by(Job.lease_until)
    found = _seen(connection, behind.limit(enough))
    waiting: list[tuple[tuple[int, int, datetime], Seen]] = []
    for turn in _by_turns(connection, lane, turns, now):
        if len(waiting) >= enough:
            break
        due = columns.where(Job.state == WAITING, *among, Job.tenant_id == turn.tenant_id, Job.due_at <= now)
        mine = _seen(connection, due.order_by(Job.due_at, Job.id).limit(number + _OF_ONE_TENANT - 1))
        waiting += [((turn.running + place, turn.last, turn.oldest), one) for place, one in enumerate(mine)]
    return found + [one for _, one in sorted(waiting, key=lambda one: one[0])]


@dataclass(frozen=True, slots=True)
class _Turn:
    tenant_id: str
    running: int  # jobs of theirs
    last: int
    oldest: datetime


def _seen(connection: Connection, statement: Any) -> list[Seen]:
    return [Seen(*row) for row in connection.execute(statement)]


def _by_turns(connection: Connection, lane: Lane, turns: Turns, now: datetime) -> list[_Turn]:
    under_way = select(Job.tenant_id, func.count()).where(Job.state == RUNNING, Job.lane == lane)
    running = {tenant_id: count for tenant_id, count in connection.execute(under_way.group_by(Job.tenant_id))}  # noqa: C416
    due = [(tenant_id, oldest) for tenant_id, oldest in _oldest(connection, lane) if oldest <= now]
    still = standing_still(connection, {tenant_id for tenant_id, _ in due}, lane)
    found = [
        _Turn(tenant_id, running.get(tenant_id, 0), turns.last(lane, tenant_id), oldest)
        for tenant_id, oldest in due
        if tenant_id not in still
    ]
    return sorted(found, key=lambda one: (one.running, one.last, one.oldest))


def _oldest(connection: Connection, lane: Lane) -> list[tuple[str, datetime]]:
    """Every tenant with waiting jobs and when the first is due: two looks into an index each, however many jobs."""
    waiting = (Job.state == WAITING, Job.lane == lane)
    tenants = select(func.min(Job.tenant_id).label("tenant_id")).where(*waiting).cte("waiting", recursive=True)
    following = select(func.min(Job.tenant_id)).where(*waiting, Job.tenant_id > tenants.c.tenant_id)
    tenants = tenants.union_all(
        select(following.correlate(tenants).scalar_subquery()).where(tenants.c.tenant_id.is_not(None))
    )
    first = select(func.min(Job.due_at)).where(*waiting, Job.tenant_id == tenants.c.tenant_id)
    each = select(tenants.c.tenant_id, first.correlate(tenants).scalar_subquery())
    rows = connection.execute(each.where(tenants.c.tenant_id.is_not(None)))
    return [(str(row[0]), row[1]) for row in rows if row[1] is not None]
