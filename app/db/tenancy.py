"""Ground floor, db: sessions that cannot forget their tenant.

Isolation is not a `where` someone remembers: every ORM statement is narrowed to the session's reach, and a row of
another tenant is refused at flush. There is no way to a session without saying a reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app.db.base import TenantOwned
from app.db.epochs import bump_on_change
from app.db.narrowing import NotNarrowable, refuse_unnarrowable

REACH = "reach"
WRITES = "writes"


class ForeignRow(Exception):
    """A row of another tenant was about to be written; always a fault of ours, never of a caller."""


class WriteInReading(Exception):
    """Something was about to be written in a transaction opened for reading; always a fault of ours."""


class RowFixed(Exception):
    """A row that is only ever added was about to be changed or removed; always a fault of ours."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tenants a session may touch: one to work in, several or all only to read across."""

    tenants: frozenset[str] | None  # None is everywhere

    @classmethod
    def one(cls, tenant_id: str) -> Reach:
        """The ordinary reach of a request."""
        return cls(frozenset({tenant_id}))

    @classmethod
    def several(cls, tenant_ids: frozenset[str]) -> Reach:
        """A partner's view over its tenants."""
        return cls(tenant_ids)

    @classmethod
    def everywhere(cls) -> Reach:
        """The platform itself: start-up, credentials, sweeps, a super-admin's reports."""
        return cls(None)

    @property
    def only(self) -> str | None:
        """The single tenant of this reach, if there is one."""
        return next(iter(self.tenants)) if self.tenants is not None and len(self.tenants) == 1 else None

    def covers(self, tenant_id: str) -> bool:
        """Whether rows of that tenant may be touched."""
        return self.tenants is None or tenant_id in self.tenants


class _ReachingSession(Session):
    """The synchronous heart of a TenantSession; the listeners below hang on it."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Find by id within the reach, also when the row is already here from when the reach was another."""
        row = super().get(entity, ident, **options)
        reach: Reach = self.info[REACH]
        return row if not isinstance(row, TenantOwned) or reach.covers(row.tenant_id) else None

    def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Find by id within the reach, or raise."""
        row = self.get(entity, ident, **options)
        if row is None:
            raise NoResultFound("No row was found when one was required")
        return row

    def bulk_save_objects(self, *_: Any, **__: Any) -> None:
        """Refuse: it would pass by every check of a flush."""
        raise NotNarrowable("rows are changed through their session")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


class TenantSession(AsyncSession):
    """A session with a reach; made by app.db.transaction alone."""

    sync_session_class = _ReachingSession

    @property
    def reach(self) -> Reach:
        """What this session may touch."""
        reach: Reach = self.info[REACH]
        return reach


@dataclass(frozen=True, slots=True)
class Glance:
    """Stands for a session of which nothing but its reach is needed: what is asked is answered by lanes."""

    reach: Reach


@event.listens_for(_ReachingSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    reach: Reach = state.session.info[REACH]
    if reach.tenants is None or state.is_column_load:
        return
    refuse_unnarrowable(state, reach.tenants)
    tenants = sorted(reach.tenants)
    criteria: Any = with_loader_criteria(
        TenantOwned, lambda row: row.tenant_id.in_(tenants), include_aliases=True, track_closure_variables=True
    )
    state.statement = state.statement.options(criteria)


@event.listens_for(_ReachingSession, "before_flush")
def _check_flush(session: Session, _context: object, _instances: object) -> None:
    if not session.info[WRITES] and (session.new or session.deleted or any(map(session.is_modified, session.dirty))):
        raise WriteInReading("rows were changed in a transaction opened for reading")
    reach: Reach = session.info[REACH]
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantOwned):
            continue
        owner: str | None = row.tenant_id  # None until a new row has been given one
        if owner is None and reach.only:
            row.tenant_id = reach.only
        # A row that changes hands must come from and go to the reach.
        owners = {row.tenant_id, *inspect(row).attrs.tenant_id.history.deleted}
        if not all(owner is not None and reach.covers(owner) for owner in owners):
            raise ForeignRow(f"{type(row).__name__} of another tenant")


@event.listens_for(_ReachingSession, "before_flush")
def _refuse_rewriting(session: Session, _context: object, _instances: object) -> None:
    for row in (*session.dirty, *session.deleted):
        if getattr(row, "__append_only__", False) and (row in session.deleted or session.is_modified(row)):
            raise RowFixed(f"{type(row).__name__} rows are only ever added")


@event.listens_for(_ReachingSession, "do_orm_execute")
def _refuse_bulk_rewriting(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    rewrites = state.is_update or state.is_delete
    if rewrites and mapper is not None and getattr(mapper.class_, "__append_only__", False):
        raise RowFixed(f"{mapper.class_.__name__} rows are only ever added")


bump_on_change(_ReachingSession)  # after the rows have been given their tenant
