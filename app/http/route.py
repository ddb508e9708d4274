"""Roof, HTTP: the order in which every request is dealt with, from its credential to its commit."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError

from app.audit.chain import Entry
from app.context import request_id
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
from app.identity.credentials import Admitted
from app.identity.errors import TokenInvalid
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
        reads_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def answer(arrived: Request) -> Response:
            request = JsonRequest(arrived.scope, arrived.receive)
            platform: Platform = request.app.state.platform
            bearer = bearer_of(request)
            admitted = await _admitted(platform, request, bearer)
            caller = admitted.caller
            structlog.contextvars.bind_contextvars(tenant_id=caller.tenant_id, user_id=caller.user_id)
            visit = Visit(request, platform, caller, caller.tenant_id, bearer or "", admitted.epochs)
            request.state.visit = visit
            if conditions.counted:
                await count(visit)
            try:
                if reads_json:
                    expect_json(request)
                visit.reads_body = self.body_field is not None
                return await _let_in(visit, conditions, inner)
            except PlatformError as error:
                _note_refusal(visit, error)
                raise

        return answer


async def _admitted(platform: Platform, request: Request, bearer: str | None) -> Admitted:
    try:
        return await platform.credentials.admit(bearer)
    except TokenInvalid as error:
        if error.known is not None:
            whose = {"actor_id": error.known.user_id, "key_id": error.known.key_id, "tenant_id": error.known.tenant_id}
            platform.refusals.note_login(_refusal(request, error, at=platform.clock.now(), **whose))
        raise


def _by_hand(endpoint: Callable[[Visit], Coroutine[Any, Any, Response]]) -> Handler:
    async def handle(request: Request) -> Response:
        return await endpoint(request.state.visit)

    return handle


async def _let_in(visit: Visit, conditions: Gate, inner: Handler) -> Response:
    if "tenant_id" not in visit.request.query_params:
        await _need_module(visit, conditions)
    if conditions.permission is not None:
        visit.caller.require(conditions.permission)
    if not conditions.transaction:
        names_tenant = visit.request.query_params.get("tenant_id") and not conditions.settles_tenant
        if conditions.guard is not None or names_tenant:
            # What the path names is authorised all the same, in a moment of its own that ends before the work.
            async with _transaction(visit, writes=False):
                await _authorise(visit, conditions)
        return _finish(visit, await inner(visit.request))
    key = visit.request.headers.get("idempotency-key")
    if conditions.creates and key is not None:
        return await _once(visit, conditions, key, inner)
    if visit.reads_body:
        await _fetch_body(visit, conditions)
    return await _in_transaction(visit, conditions, inner, None)


async def _fetch_body(visit: Visit, conditions: Gate) -> None:
    """Fetch the body once what the path names is authorised, and while no transaction is open.

    Whoever sends a body slowly would hold up everybody who writes; what it names is authorised again afterwards.
    """
    if conditions.guard is not None or "tenant_id" in visit.request.query_params:
        async with _transaction(visit, writes=False):
            await _authorise(visit, conditions)
    await visit.body()


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
    await _fetch_body(visit, conditions)
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
    caller = visit.caller
    whose = {"actor_id": caller.user_id, "key_id": caller.key_id, "tenant_id": caller.tenant_id}
    visit.platform.refusals.note(_refusal(visit.request, error, at=visit.platform.clock.now(), **whose))


def _refusal(request: Request, error: PlatformError, *, at: datetime, **whose: Any) -> Entry:
    """Say who was refused what; whoever was refused belongs to the tenant whose trail it is."""
    return Entry(
        action="access.refused",
        outcome="refused",
        at=at,
        actor_tenant_id=whose["tenant_id"],
        target_type="route",
        target_id=request.url.path[:190],
        details={"code": error.code, "method": request.method},
        request_id=request_id.get(),
        **whose,
    )
