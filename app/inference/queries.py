"""Ground floor, inference: pages of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select

from app.db.tenancy import TenantSession
from app.inference.tables import Backend, ModelGroup, Provider
from app.paging import Page, PageRequest, cut

Listed = TypeVar("Listed", Provider, Backend, ModelGroup)


async def page_of(session: TenantSession, kind: type[Listed], wanted: Select[Any], page: PageRequest) -> Page[Listed]:
    """Read one page of a list, by id: the order things were made in."""
    if page.after is not None:
        wanted = wanted.where(kind.id < page.after if page.order == "desc" else kind.id > page.after)
    by = kind.id.desc() if page.order == "desc" else kind.id.asc()
    rows: Sequence[Listed] = (await session.scalars(wanted.order_by(by).limit(page.limit + 1))).all()
    return cut(rows, page, lambda row: row.id)
