"""Roof, HTTP: the shape of reports, whose pages are longer and say so beside their items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, Literal, TypeVar

from fastapi import Depends, Query

from app.context import request_id
from app.http.envelope import Meta, Wire
from app.http.visit import Visit, VisitDep, list_name
from app.paging import Order, Page, PageRequest

T = TypeVar("T")
U = TypeVar("U")


class Items(Wire, Generic[T]):
    """The items of one page."""

    items: list[T]


class Pagination(Wire):
    """Whether there is more, and where."""

    has_more: bool
    next_cursor: str | None


class Report(Wire, Generic[T]):
    """A native answer that is one page of a report."""

    status: Literal["ok"]
    data: Items[T]
    pagination: Pagination
    meta: Meta


def report(visit: Visit, request: PageRequest, page: Page[U], shape: Callable[[U], T]) -> Report[T]:
    """Wrap a page of a report, with the cursor of the next one."""
    following = page.next_after
    cursor = None if following is None else visit.platform.cursors.seal(following, _name(visit, request.order))
    return Report[T].model_construct(
        status="ok",
        data=Items[T].model_construct(items=[shape(item) for item in page.items]),
        pagination=Pagination(has_more=following is not None, next_cursor=cursor),
        meta=Meta(request_id=request_id.get()),
    )


async def _report_page(
    visit: VisitDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    order: Annotated[Order, Query()] = "desc",
) -> PageRequest:
    after = visit.platform.cursors.open(cursor, _name(visit, order)) if cursor else None
    return PageRequest(limit, after, order)


def _name(visit: Visit, order: Order) -> str:
    """What a cursor belongs to; reports over one tenant and over several count their places differently."""
    asked = visit.request.query_params
    return f"{list_name(visit, order)} {asked.get('tenant_id', '*')} {asked.get('scope', '*')}"


ReportPageDep = Annotated[PageRequest, Depends(_report_page)]
