"""Allowing: who asks, as they are in the transaction that decides, and the epoch of the lists in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from acl.facts import Subject
from app.db.base import ACCESS, STANDING
from app.db.epochs import read_epochs
from app.db.tenancy import Glance, TenantSession
from app.errors import InternalFault
from app.identity.caller import Caller
from app.identity.errors import TokenInvalid
from app.identity.standing import Standing, read_standing, standing_of


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks about things of one tenant."""

    subject: Subject
    tenant_id: str  # of the things
    epoch: int  # of the tenant's access lists
    at: datetime


def read_asking(connection: Connection, caller: Caller, tenant_id: str, at: datetime) -> Asking:
    """Read who a caller is now: one statement if nothing about them changed since they came in, or else two."""
    return asking_at(connection, caller, tenant_id, at, read_epochs(connection, epochs_of(caller, tenant_id)))


def epochs_of(caller: Caller, tenant_id: str) -> tuple[str, str]:
    """The epochs of all that decides over somebody's access to a tenant's things: of its lists, and of their people."""
    return ACCESS.format(tenant=tenant_id), STANDING.format(tenant=caller.tenant_id)


def asking_at(
    connection: Connection, caller: Caller, tenant_id: str, at: datetime, epochs: Mapping[str, int]
) -> Asking:
    """Say who a caller is in a transaction whose epochs are known; what has changed about them is read."""
    if caller.key_expires_at is not None and caller.key_expires_at <= at:
        raise TokenInvalid
    lists, people = epochs_of(caller, tenant_id)
    if caller.as_of == epochs[people]:
        standing = standing_of(caller)
    else:
        standing = read_standing(connection, caller.user_id, caller.tenant_id, key_id=caller.key_id, at=at)
    return Asking(subject_of(standing), tenant_id, epochs[lists], at)


def subject_of(standing: Standing) -> Subject:
    """Say in this room's words who somebody is."""
    return Subject(
        standing.user_id, standing.tenant_id, standing.groups, standing.is_super_admin, standing.is_tenant_admin
    )


def tenant_of(session: TenantSession | Glance) -> str:
    """The one tenant a session works in; access is never decided across several."""
    tenant = session.reach.only
    if tenant is None:
        raise InternalFault("Access was to be decided in a session of no single tenant.")
    return tenant
