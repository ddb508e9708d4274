"""Roof, HTTP: all that a version of a set asks, as a file that can be read in again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

from app.db.tenancy import Reach
from app.http.export import MEDIA_TYPES as KINDS
from app.http.visit import Visit
from app.paging import PageRequest
from evals.errors import EvaluationSetNotFound
from evals.files import FileForm, lines
from evals.queries import SavedSet, cases_page

MEDIA_TYPES = {FileForm.JSONL: KINDS["ndjson"], FileForm.CSV: KINDS["csv"]}
_BATCH = 500


def cases_file(visit: Visit, row: SavedSet, number: int, form: FileForm) -> StreamingResponse:
    """One batch of it at a time is in memory."""
    headers = {"Content-Disposition": f'attachment; filename="{row.slug}-v{number}.{form}"'}
    return StreamingResponse(_written(visit, row.id, number, form), media_type=MEDIA_TYPES[form], headers=headers)


async def _written(visit: Visit, set_id: str, number: int, form: FileForm) -> AsyncIterator[str]:
    """Read batch by batch, each in a moment of its own; ends when the right to it ends."""
    platform, request, begun = visit.platform, PageRequest(_BATCH, None, "asc"), False
    while True:
        await visit.require_still()
        async with platform.transactions.open(Reach.one(visit.tenant_id), writes=False) as transaction:
            row = await transaction.session.get(SavedSet, set_id)
            if row is None:
                raise EvaluationSetNotFound
            page = await cases_page(transaction.session, row, number, request)
        yield await asyncio.to_thread("".join, lines(page.items, form, head=not begun))
        begun = True
        if page.next_after is None:
            return
        request = PageRequest(_BATCH, page.next_after, "asc")
