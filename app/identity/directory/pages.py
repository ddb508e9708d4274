"""Ground floor, directory: a list that comes in pages, taken only if the pages add up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar

from app.identity.directory.reading import Fault, ReadingFailed

Item = TypeVar("Item", bound=Hashable)
Ask = Callable[[int], Awaitable[Mapping[str, Any]]]  # the answer for one page; the first is 1
PER_PAGE = 100
MOST_PAGES = 2_000


async def whole_list(ask: Ask, read: Callable[[Any], Item], *, counted: bool) -> list[Item]:
    """Read every page; `counted` lists must say their total, others may, and without one they are a single page.

    Between two pages an item can move from one that is to come to one that has been, with the total unchanged if
    another was added. So what took several pages is read twice and must be the same.
    """
    found, pages = await _read_once(ask, read, counted=counted)
    if pages > 1 and set((await _read_once(ask, read, counted=counted))[0]) != set(found):
        raise ReadingFailed(Fault.INCOMPLETE)
    return found


async def _read_once(ask: Ask, read: Callable[[Any], Item], *, counted: bool) -> tuple[list[Item], int]:
    found: list[Item] = []
    total: int | None = None
    for number in range(1, MOST_PAGES + 1):
        page = await ask(number)
        items, said = _items(page, number), _total(page, counted=counted)
        found += [read(item) for item in items]
        if number > 1 and said != total:
            raise ReadingFailed(Fault.INCOMPLETE)
        total = said
        if total is None or len(found) == total:
            return _without_repeats(found), number
        if not items or len(found) > total:
            raise ReadingFailed(Fault.INCOMPLETE)
    raise ReadingFailed(Fault.TOO_LARGE)


def _items(page: Mapping[str, Any], number: int) -> list[Any]:
    items = page.get("items")
    if not isinstance(items, list):
        raise ReadingFailed(Fault.MALFORMED)
    if page.get("page", number) != number:
        raise ReadingFailed(Fault.INCOMPLETE)
    return items


def _total(page: Mapping[str, Any], *, counted: bool) -> int | None:
    total = page.get("total")
    if total is None and not counted:
        return None
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise ReadingFailed(Fault.MALFORMED)
    return total


def _without_repeats(found: list[Item]) -> list[Item]:
    if len(set(found)) != len(found):
        raise ReadingFailed(Fault.INCOMPLETE)
    return found
