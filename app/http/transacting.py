"""Roof, HTTP: the transaction of a request: opened, what the path names authorised in it, and tried again if undone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request, Response
from sqlalchemy.exc import OperationalError

from app.db.faults import is_deadlock
from app.db.tenancy import Reach
from app.http.gate import Gate
from app.http.visit import Visit

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Finish = Callable[[Response], Awaitable[None]]  # what is written with the answer, before the commit
SAFE = {"GET", "HEAD"}
_TRIES = 3


async def in_transaction(visit: Visit, conditions: Gate, inner: Handler, finish: Finish | None = None) -> Response:
    """Do a deed in a transaction of its own, after what the path names has been authorised in that too."""
    for _ in range(_TRIES - 1):
        try:
            return await _try(visit, conditions, inner, finish)
        except OperationalError as error:
            # Two changes stood in each other's way and the database undid this one; the request is still here.
            if not is_deadlock(error):
                raise
    return await _try(visit, conditions, inner, finish)


async def authorise_briefly(visit: Visit, conditions: Gate) -> None:
    """Authorise what the path names in a moment of its own, which ends before the work."""
    async with transaction_of(visit, writes=False):
        await authorise(visit, conditions)


async def authorise(visit: Visit, conditions: Gate) -> None:
    """Settle which tenant is acted in and let the guard look at what the path names; the body is still unread."""
    wanted = visit.request.query_params.get("tenant_id")
    if wanted is not None:
        await visit.act_in(wanted)
    if conditions.guard is not None:
        visit.subject = await conditions.guard(visit.request, visit)
    if wanted is not None or visit.tenant_id != visit.caller.tenant_id:
        await need_module(visit, conditions)


async def need_module(visit: Visit, conditions: Gate, epoch: int | None = None) -> None:
    """Refuse where the route's module is off for the tenant acted in; `epoch` as for the switchboard."""
    if conditions.module is not None:
        await visit.platform.switchboard.require(visit.tenant_id, conditions.module, epoch)


@asynccontextmanager
async def transaction_of(visit: Visit, *, writes: bool) -> AsyncIterator[None]:
    """Let a visit work in a transaction until the block ends."""
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id), writes=writes) as transaction:
        visit.work_in(transaction)
        yield


async def _try(visit: Visit, conditions: Gate, inner: Handler, finish: Finish | None) -> Response:
    async with transaction_of(visit, writes=visit.request.method not in SAFE):
        await authorise(visit, conditions)
        response = finished(visit, await inner(visit.request))
        if finish is not None:
            await finish(response)
    return response


def finished(visit: Visit, response: Response) -> Response:
    """Add the headers of the visit; an answer its asker already has is not given again."""
    response.headers.update(visit.headers)
    tag, known = response.headers.get("etag"), visit.request.headers.get("if-none-match")
    if tag and known and visit.request.method in SAFE:
        held = {part.strip().removeprefix("W/") for part in known.split(",")}
        if tag in held or "*" in held:
            return Response(status_code=304, headers=dict(visit.headers))
    return response
