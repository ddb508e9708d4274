"""Roof, HTTP: the order in which every request is dealt with, from its credential to its commit."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError

from app.audit.record import entry_of
from app.db.faults import is_deadlock
from app.db.tenancy import Reach
from app.errors import Kind, PlatformError, ValidationFailed
from app.http.authentication import bearer_of
from app.http.content import expect_json
from app.http.described import LONGEST_KEY
from app.http.gate import Gate, gate_of
from app.http.json_body import JsonRequest
from app.http.rate_limit import count
from app.http.visit import Visit
from app.idempotency.keeper import Answer, Claim
from app.wiring import Platform

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_SAFE = {"GET", "HEAD"}
_TRIES = 3
_KEPT_HEADERS = ("content-type", "etag", "location")


class GatedRoute(APIRoute):
    """A route behind its gate: credential, rate, permission, transaction, guard, and only then the body."""

    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's handler."""
        conditions = gate_of(self.endpoint)
        inner = _by_hand(self.endpoint) if conditions.by_hand else super().get_route_handler()
        if conditions.public:
            return inner
        reads = self.body_field is not None
        reads_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def answer(arrived: Request) -> Response:
            request = JsonRequest(arrived.scope, arrived.receive)
            platform: Platform = request.app.state.platform
            bearer = bearer_of(request)
            admitted = await platform.credentials.admit(bearer)
            caller = admitted.caller
            structlog.contextvars.bind_contextvars(tenant_id=caller.tenant_id, user_id=caller.user_id)
            visit = Visit(request, platform, caller, caller.tenant_id, bearer or "", admitted.epochs)
            request.state.visit = visit
            if conditions.counted:
                await count(visit)
            try:
                if reads_json:
                    expect_json(request)
                return await _let_in(visit, conditions, inner, reads=reads)
            except PlatformError as error:
                _note_refusal(visit, error)
                raise

        return answer


def _by_hand(endpoint: Callable[[Visit], Coroutine[Any, Any, Response]]) -> Handler:
    async def handle(request: Request) -> Response:
        return await endpoint(request.state.visit)

    return handle


async def _let_in(visit: Visit, conditions: Gate, inner: Handler, *, reads: bool) -> Response:
    if "tenant_id" not in visit.request.query_params:
        await _need_module(visit, conditions)
    if conditions.permission is not None:
        visit.caller.require(conditions.permission)
    if not conditions.transaction:
        if conditions.guard is not None:
            # What the path names is authorised all the same, in a moment of its own that ends before the work.
            async with _transaction(visit, writes=False):
                await _authorise(visit, conditions)
        return _finish(visit, await inner(visit.request))
    key = visit.request.headers.get("idempotency-key")
    if conditions.creates and key is not None:
        return await _once(visit, conditions, key, inner)
    if reads:
        await _hear_out(visit, conditions)
    return await _in_transaction(visit, conditions, inner, None)


async def _hear_out(visit: Visit, conditions: Gate) -> None:
    """Let the body arrive before the transaction begins: who sends slowly must not keep others from writing."""
    async with _transaction(visit, writes=False):
        await _authorise(visit, conditions)
    await visit.request.body()


async def _in_transaction(visit: Visit, conditions: Gate, inner: Handler, claim: Claim | None) -> Response:
    for _ in range(_TRIES - 1):
        try:
            return await _try(visit, conditions, inner, claim)
        except OperationalError as error:
            # Two changes stood in each other's way and the database undid this one; the request is still here.
            if not is_deadlock(error):
                raise
    return await _try(visit, conditions, inner, claim)


async def _try(visit: Visit, conditions: Gate, inner: Handler, claim: Claim | None) -> Response:
    async with _transaction(visit, writes=visit.request.method not in _SAFE):
        await _authorise(visit, conditions)
        response = _finish(visit, await inner(visit.request))
        if claim is not None:
            await _keep(visit, claim, response)
    return response


async def _authorise(visit: Visit, conditions: Gate) -> None:
    """Settle which tenant is acted in and let the guard look at what the path names; the body is still unread."""
    wanted = visit.request.query_params.get("tenant_id")
    if wanted is not None:
        await visit.act_in(wanted)
    if conditions.guard is not None:
        visit.subject = await conditions.guard(visit.request, visit)
    if wanted is not None or visit.tenant_id != visit.caller.tenant_id:
        await _need_module(visit, conditions)


async def _need_module(visit: Visit, conditions: Gate) -> None:
    if conditions.module is not None:
        await visit.platform.switchboard.require(visit.tenant_id, conditions.module)


@asynccontextmanager
async def _transaction(visit: Visit, *, writes: bool) -> AsyncIterator[None]:
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id), writes=writes) as transaction:
        visit.work_in(transaction)
        yield


async def _once(visit: Visit, conditions: Gate, key: str, inner: Handler) -> Response:
    """Answer a keyed request once; its repetitions get the same answer again."""
    request, keeper = visit.request, visit.platform.idempotency
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValidationFailed.of("Idempotency-Key", f"must have 1 to {LONGEST_KEY} characters")
    await _hear_out(visit, conditions)
    body = await request.body()
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    claim = await keeper.begin(
        tenant_id=visit.tenant_id,
        caller=visit.caller.identity,
        key=key,
        fingerprint=hashlib.sha256(said).hexdigest(),
    )
    if claim.answer is not None:
        headers = {**claim.answer.headers, "Idempotency-Replayed": "true"}
        return _finish(visit, Response(claim.answer.body, claim.answer.status, headers))
    try:
        return await _in_transaction(visit, conditions, inner, claim)
    except BaseException:
        await keeper.give_up(claim)
        raise


async def _keep(visit: Visit, claim: Claim, response: Response) -> None:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = Answer(response.status_code, headers, bytes(response.body).decode())
    await visit.platform.idempotency.complete(visit.transaction, claim, answer)


def _finish(visit: Visit, response: Response) -> Response:
    response.headers.update(visit.headers)
    tag, known = response.headers.get("etag"), visit.request.headers.get("if-none-match")
    if tag and known and visit.request.method in _SAFE:
        held = {part.strip().removeprefix("W/") for part in known.split(",")}
        if tag in held or "*" in held:
            return Response(status_code=304, headers=dict(visit.headers))
    return response


def _note_refusal(visit: Visit, error: PlatformError) -> None:
    """Refused accesses are remembered: the forbidden, and what was looked for but is not there for this caller."""
    if error.kind not in {Kind.FORBIDDEN, Kind.NOT_FOUND}:
        return
    request = visit.request
    entry = entry_of(
        visit.caller,
        "access.refused",
        at=visit.platform.clock,
        target=("route", request.url.path[:190]),
        tenant_id=visit.caller.tenant_id,
        details={"code": error.code, "method": request.method},
    )
    visit.platform.refusals.note(replace(entry, outcome="refused"))
