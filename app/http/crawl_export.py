"""Roof, HTTP: what became of every address of a run, as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from fastapi.responses import StreamingResponse

from app.db.tenancy import Reach
from app.http import export
from app.http.crawl_path import NamedRun
from app.http.document_right import right_to
from app.http.visit import Visit
from app.http.wire.crawl_runs import CrawlPageRead
from app.paging import PageRequest
from indexing.crawls.verdicts import Verdicts, WantedPages

FileFormat = Literal["csv", "ndjson"]
MEDIA_TYPES = tuple(export.MEDIA_TYPES[each] for each in ("csv", "ndjson"))
_BATCH = 500


def pages_file(visit: Visit, found: NamedRun, wanted: WantedPages, format: FileFormat) -> StreamingResponse:  # noqa: A002
    """All that the caller may know, in the order of the walk."""
    columns = tuple(CrawlPageRead.model_fields)
    return export.export(f"crawl-{found.job.id}", format, columns, _batches(visit, found, wanted))


async def _batches(visit: Visit, found: NamedRun, wanted: WantedPages) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """Read batch by batch, each in a moment of its own; ends when the right to it ends."""
    platform, request = visit.platform, PageRequest(_BATCH, None, "asc")
    right = right_to(visit, collection_id=found.collection.id)
    while True:
        await visit.require_still()
        await right.recheck(await platform.credentials.admit(visit.bearer, visit.place))
        async with platform.transactions.open(Reach.one(visit.tenant_id), writes=False) as transaction:
            verdicts = Verdicts(platform.chokepoint, transaction.session, visit.caller, found.job)
            page = await verdicts.page(wanted, request)
        yield [CrawlPageRead.of(seen).model_dump(mode="json") for seen in page.items]
        if page.next_after is None:
            return
        request = replace(request, after=page.next_after)
