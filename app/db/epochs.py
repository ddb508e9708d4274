"""Ground floor, db: epochs, the numbers that tell when something cached has gone stale.

Whoever changes a row of an epoch-bound class bumps the number in the same transaction; whoever uses something
cached reads the number first. No cache outlives a change by even one request, in any process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, event, inspect, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from app.db.asking import Asking
from app.db.base import Base, TenantOwned
from app.db.lane import Lane
from app.db.reader import Reader
from app.db.types import BigInt, Id
from app.db.upsert import added, insert_or_change


class Epoch(Base):
    """How often the things of one scope have changed."""

    __tablename__ = "epochs"

    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigInt, default=0)


_EPOCHS = cast("Table", Epoch.__table__)
_NUMBERS = Asking(lambda among: select(_EPOCHS.c.scope, _EPOCHS.c.number).where(among(_EPOCHS.c.scope, "scopes")))


def read_epochs(connection: Connection, scopes: Iterable[str]) -> dict[str, int]:
    """Read some epochs; a scope nobody has changed yet is at 0."""
    numbers = dict.fromkeys(scopes, 0)
    numbers.update(_NUMBERS.rows(connection, scopes=numbers))
    return numbers


def bump(connection: Connection, scopes: Iterable[str]) -> None:
    """Say in the current transaction that something of these scopes has changed."""
    rows = [{"scope": scope, "number": 1} for scope in sorted(set(scopes))]
    insert_or_change(connection, _EPOCHS, rows, {"number": added})


def hold(connection: Connection, scope: str) -> None:
    """Keep others from changing things of a scope until the commit; whoever is at it is waited for."""
    connection.execute(select(_EPOCHS.c.number).where(_EPOCHS.c.scope == scope).with_for_update())


class Epochs:
    """Reads epochs for requests; those that ask at the same moment share one query."""

    def __init__(self, engine: Engine) -> None:
        self._reader = Reader(engine)
        self._lane: Lane[tuple[str, ...], Mapping[str, int]] = Lane("epochs", self._read, self._reader.rest)

    async def read(self, *scopes: str) -> Mapping[str, int]:
        """Return the present numbers of these scopes."""
        return await self._lane.ask(scopes)

    def close(self) -> None:
        """Stop the lane."""
        self._lane.close()
        self._reader.close()

    def _read(self, questions: Sequence[tuple[str, ...]]) -> Sequence[Mapping[str, int]]:
        scopes = {scope for question in questions for scope in question}
        return [self._reader.read(lambda connection: read_epochs(connection, scopes))] * len(questions)


def bump_on_change(session_class: type[Session]) -> None:
    """Make every session of this class bump the epochs of what it changes."""

    # Before the rows themselves: whoever changes things of one scope stands in line from here to their commit, and
    # two that change the same rows in another order cannot lock each other out.
    @event.listens_for(session_class, "before_flush")
    def _before_flush(session: Session, _context: object, _instances: object) -> None:
        dirty = [row for row in session.dirty if session.is_modified(row)]
        scopes = {scope for row in (*dirty, *session.deleted) for scope in _scopes_of(row)}
        bump(session.connection(), scopes.union(*(_scopes_of_new(row) for row in session.new)))

    @event.listens_for(session_class, "do_orm_execute")
    def _refuse_bulk(state: ORMExecuteState) -> None:
        mapper = state.bind_mapper
        bulk = state.is_update or state.is_delete or state.is_insert
        if bulk and mapper is not None and getattr(mapper.class_, "__epoch__", None):
            raise TypeError(f"{mapper.class_.__name__} is bound to an epoch: change its rows one by one")


def _scopes_of(row: Any) -> set[str]:
    scope: str | None = getattr(row, "__epoch__", None)
    if scope is None or "{tenant}" not in scope:
        return {scope} if scope else set()
    return {scope.format(tenant=tenant) for tenant in _tenants_of(row)}


def _scopes_of_new(row: Any) -> set[str]:
    scope: str | None = getattr(row, "__epoch_of_new__", None)
    if scope is None:
        return _scopes_of(row)
    return set() if row.collection_id is None else {scope.format(collection=row.collection_id)}


def _tenants_of(row: Any) -> set[str]:
    if not isinstance(row, TenantOwned):
        return {str(row.id)}  # a Tenant is its own
    return {row.tenant_id, *inspect(row).attrs.tenant_id.history.deleted}
