"""Ground floor, directory: whose directory is to be read next, and which of several readings counts.

All of it is in the database: of any number of processes one begins each reading, a change that was heard by one is
read by whichever comes first, and what a process left undone is taken up by another when its lease has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, case, or_, select, update

from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.db.upsert import insert_missing
from app.identity.directory.client import READING_SECONDS
from app.identity.directory.reading import Fault
from app.identity.directory.tables import DirectoryMirror
from app.identity.tables import Tenant

SOON = timedelta(seconds=0.2)  # events come in bursts; one reading does for those of this time
LEASE = timedelta(seconds=READING_SECONDS + 60)
FIRST_RETRY = timedelta(seconds=2)
_AT_ONCE = 100
_MIRRORS = cast("Table", DirectoryMirror.__table__)


@dataclass(frozen=True, slots=True)
class Turn:
    """One reading that is ours to make. Its number tells which of two readings began later."""

    tenant_id: str
    external_id: str
    number: int
    heard: int  # the changes it is bound to see
    at: datetime


@dataclass(frozen=True, slots=True)
class Turns:
    """Gives out readings, and notes how they ended."""

    transactions: Transactions
    every: timedelta

    async def due(self) -> Sequence[str]:
        """The tenants whose directory is to be read now, the longest due first."""
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            mine = DirectoryMirror.tenant_id == Tenant.id
            waiting = or_(DirectoryMirror.due_at.is_(None), DirectoryMirror.due_at <= transaction.clock.now())
            found = await transaction.session.scalars(
                select(Tenant.id)
                .outerjoin(DirectoryMirror, mine)
                .where(Tenant.external_id.is_not(None), waiting)
                .order_by(DirectoryMirror.due_at)
                .limit(_AT_ONCE)
            )
            return found.all()

    async def begin(self, tenant_id: str) -> Turn | None:
        """Take the turn, unless somebody else has taken it; the number is given before the first question is asked."""
        async with self.transactions.open(Reach.one(tenant_id)) as transaction:
            session, now = transaction.session, transaction.clock.now()
            row = {"tenant_id": tenant_id, "due_at": now, "heard": 0, "begun": 0, "applied": 0, "failures": 0}
            await (await session.connection()).run_sync(insert_missing, _MIRRORS, [row])
            mirror = await mirror_held(session, tenant_id)
            tenant = await session.get_one(Tenant, tenant_id)
            if mirror.due_at > now or tenant.external_id is None:
                return None
            mirror.begun += 1
            mirror.due_at = now + LEASE
            return Turn(tenant_id, tenant.external_id, mirror.begun, mirror.heard, now)

    async def hear(self, session: TenantSession, now: datetime, tenant_id: str | None) -> None:
        """Note in a transaction that a tenant's directory has changed, or that of any; who has none yet is due."""
        soon = now + SOON
        sooner = case((DirectoryMirror.due_at > soon, soon), else_=DirectoryMirror.due_at)
        heard = update(DirectoryMirror).values(heard=DirectoryMirror.heard + 1, due_at=sooner)
        if tenant_id is not None:
            heard = heard.where(DirectoryMirror.tenant_id == tenant_id)
        await session.execute(heard, execution_options={"synchronize_session": False})

    def succeed(self, mirror: DirectoryMirror, turn: Turn) -> None:
        """Note that a reading counts now."""
        mirror.applied, mirror.read_at = turn.number, turn.at
        mirror.failures, mirror.failing_since, mirror.fault = 0, None, None
        _plan(mirror, turn, turn.at + self.every)

    async def fail(self, turn: Turn, fault: Fault) -> None:
        """Note that a reading came to nothing, and when to try again."""
        async with self.transactions.open(Reach.one(turn.tenant_id)) as transaction:
            mirror, now = await mirror_held(transaction.session, turn.tenant_id), transaction.clock.now()
            if mirror.applied > turn.number:
                return  # a later one did better
            mirror.failures += 1
            mirror.failing_since = mirror.failing_since or now
            mirror.fault = fault
            _plan(mirror, turn, now + min(self.every, FIRST_RETRY * 2 ** min(mirror.failures - 1, 16)))

    async def give_back(self, turn: Turn) -> None:
        """Let somebody else have the turn at once."""
        async with self.transactions.open(Reach.one(turn.tenant_id)) as transaction:
            _plan(await mirror_held(transaction.session, turn.tenant_id), turn, transaction.clock.now())


async def mirror_held(session: TenantSession, tenant_id: str) -> DirectoryMirror:
    """Read how a tenant's mirror stands, and keep others from changing it until the commit."""
    return await session.get_one(DirectoryMirror, tenant_id, with_for_update=True)


def _plan(mirror: DirectoryMirror, turn: Turn, due_at: datetime) -> None:
    """Say when to read again, unless a later reading will say so or a change was heard that this may have missed."""
    if mirror.begun == turn.number and mirror.heard == turn.heard:
        mirror.due_at = due_at
