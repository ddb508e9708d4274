"""Roof, HTTP: the one shape of a native success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from app.context import request_id
from app.http.visit import Visit, list_name
from app.paging import Page, PageRequest

T = TypeVar("T")
U = TypeVar("U")
_MOST_FIELDS = 500


class Wire(BaseModel):
    """Base of every JSON shape; a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, said: Any) -> Any:
        # Each unknown field is a complaint of its own; a million of them would keep everybody else waiting.
        if isinstance(said, dict) and len(said) > _MOST_FIELDS:
            raise ValueError(f"has more than {_MOST_FIELDS} fields")
        return said


class Meta(Wire):
    """About the answer itself."""

    request_id: str


class PageMeta(Meta):
    """About a page of a list."""

    next_cursor: str | None
    has_more: bool


class Success(Wire, Generic[T]):
    """A native answer."""

    status: Literal["ok"]
    data: T
    meta: Meta


class Listing(Wire, Generic[T]):
    """A native answer that is one page of a list."""

    status: Literal["ok"]
    data: list[T]
    meta: PageMeta


class Deleted(Wire):
    """What is answered to a deletion."""

    model_config = ConfigDict(json_schema_extra={"required": ["deleted"]})

    deleted: Literal[True] = True


def success(data: T) -> Success[T]:
    """Wrap an answer."""
    return Success[T].model_construct(status="ok", data=data, meta=Meta(request_id=request_id.get()))


def listing(visit: Visit, request: PageRequest, page: Page[U], shape: Callable[[U], T]) -> Listing[T]:
    """Wrap a page, with the cursor of the next one."""
    following = page.next_after
    cursor = None if following is None else visit.platform.cursors.seal(following, list_name(visit, request.order))
    meta = PageMeta(request_id=request_id.get(), next_cursor=cursor, has_more=following is not None)
    return Listing[T].model_construct(status="ok", data=[shape(item) for item in page.items], meta=meta)
