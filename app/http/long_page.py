"""Roof, HTTP: the longer pages of accounting and audit, in the shape their clients depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from app.context import request_id
from app.http.envelope import Meta
from app.http.visit import Visit, VisitDep, list_name
from app.http.wire.accounting import Items, Paged, Pagination
from app.paging import Order, Page, PageRequest

T = TypeVar("T")
U = TypeVar("U")


def _long_page(
    visit: VisitDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    order: Annotated[Order, Query()] = "desc",
) -> PageRequest:
    after = None if cursor is None else visit.platform.cursors.open(cursor, list_name(visit, order))
    return PageRequest(limit, after, order)


LongPageDep = Annotated[PageRequest, Depends(_long_page)]


def paged(visit: Visit, request: PageRequest, page: Page[U], shape: Callable[[U], T]) -> Paged[T]:
    """Wrap a page, with the cursor of the next one beside it."""
    following = page.next_after
    cursor = None if following is None else visit.platform.cursors.seal(following, list_name(visit, request.order))
    return Paged[T].model_construct(
        status="ok",
        data=Items[T].model_construct(items=[shape(item) for item in page.items]),
        pagination=Pagination(has_more=following is not None, next_cursor=cursor),
        meta=Meta(request_id=request_id.get()),
    )
