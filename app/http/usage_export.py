"""Roof, HTTP: usage read page by page for an export; memory does not grow with its length."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from app.accounting.queries import UsageFilter, usage_page
from app.http.export import Row
from app.http.sight import Sight
from app.http.visit import Visit
from app.http.wire.accounting import UsageRead
from app.paging import PageRequest

PAGE = 1000
COLUMNS = tuple(UsageRead.model_fields)


async def usage_batches(visit: Visit, sight: Sight, wanted: UsageFilter) -> AsyncIterator[Sequence[Row]]:
    """Give the calls, oldest first, up to this moment; ends early for whoever loses the right to it."""
    platform = visit.platform
    if wanted.until is None:
        wanted = replace(wanted, until=platform.clock.now())
    wanted = sight.narrow(wanted)
    request: PageRequest | None = PageRequest(PAGE, None, "asc")
    while request is not None:
        await visit.require_still()
        async with platform.transactions.open(sight.reach, writes=False) as transaction:
            page = await usage_page(transaction.session, wanted, request)
        yield [UsageRead.model_validate(event).model_dump(mode="json") for event in page.items]
        request = None if page.next_after is None else PageRequest(PAGE, page.next_after, "asc")
