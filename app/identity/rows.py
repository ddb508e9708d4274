"""Ground floor, identity: the three ways rows of this room come and change: added if unique, amended, listed."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PlatformError
from app.paging import Page, PageRequest, cut

Kind = TypeVar("Kind", bound=Any)


async def flush_unique(session: TenantSession, taken: PlatformError) -> None:
    """Write what is waiting; a name that somebody else took at the same moment is the given refusal."""
    try:
        await session.flush()
    except IntegrityError:
        raise taken from None


async def add_unique(session: TenantSession, row: object, taken: PlatformError) -> None:
    """Add a row; a name that somebody else took at the same moment is the given refusal."""
    session.add(row)
    await flush_unique(session, taken)


async def amend(transaction: Transaction, row: Any, **said: Any) -> list[str]:
    """Set what was said and differs, and the time of the change; returns the names of what changed."""
    changed = [name for name, value in said.items() if value is not None and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if changed:
        row.updated_at = transaction.clock.now()
        await transaction.session.flush()
    return changed


async def page_of(
    session: TenantSession, kind: type[Kind], request: PageRequest, *where: ColumnElement[bool]
) -> Page[Kind]:
    """Read one page of the rows that meet some conditions, in the order of their ids."""
    statement = select(kind).where(*where).limit(request.limit + 1)
    rows = await session.scalars(in_order(statement, kind.id, request))
    return cut(rows.all(), request, lambda row: str(row.id))


def in_order(statement: Any, place: Any, request: PageRequest) -> Any:
    """Start a statement after the page's mark and sort it by the same column."""
    if request.after is not None:
        statement = statement.where(place < request.after if request.order == "desc" else place > request.after)
    return statement.order_by(place.desc() if request.order == "desc" else place.asc())
