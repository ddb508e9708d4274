"""Ground floor, jobs: whose jobs stand still: those of suspended tenants, until they are active again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, exists, or_, select

from app.identity.tables import SUSPENDED, Tenant
from app.jobs.kinds import Lane
from app.jobs.tables import Job

STANDS_STILL = "its organisation to be active again; while it is suspended nothing is done for it"
_GO_ON = (Lane.UPKEEP,)  # what was deleted is erased all the same


def is_suspended(tenant_id: Any) -> Any:
    """Whether the tenant in a column is suspended, as a condition."""
    return exists().where(Tenant.id == tenant_id, Tenant.status == SUSPENDED)


def may_be_done() -> Any:
    """Which jobs are of tenants for whom anything is done, as a condition."""
    return or_(Job.lane.in_(_GO_ON), ~is_suspended(Job.tenant_id))


def standing_still(connection: Connection, tenant_ids: Collection[str], lane: Lane) -> set[str]:
    """Those of some tenants for whom nothing is done in a lane."""
    if lane in _GO_ON or not tenant_ids:
        return set()
    suspended = set(connection.scalars(select(Tenant.id).where(Tenant.status == SUSPENDED)))
    return suspended & set(tenant_ids)
