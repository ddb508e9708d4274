"""Roof, HTTP: the order in which every request is dealt with, from its credential to its commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import cached_property
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.audit.chain import Entry
from app.context import request_id
from app.db.base import MODULES
from app.errors import Kind, PlatformError
from app.http.authentication import bearer_of, place_of
from app.http.content import expect_json
from app.http.gate import Gate, gate_of
from app.http.json_body import JsonRequest
from app.http.keyed import key_of, once
from app.http.rate_limit import count
from app.http.transacting import Finish, Handler, authorise_briefly, finished, in_transaction, need_module
from app.http.visit import Visit
from app.identity.credentials import Admitted
from app.identity.errors import TokenInvalid
from app.wiring import Platform


class GatedRoute(APIRoute):
    """A route behind its gate: credential, rate, permission, transaction, guard, and only then the body."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Look no further at a path that begins otherwise: most of some hundred routes are told apart so."""
        if not scope["path"].startswith(self._begins):
            return Match.NONE, {}
        return super().matches(scope)

    @cached_property
    def _begins(self) -> str:
        return self.path.partition("{")[0]

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
                note_refusal(visit, error)
                raise

        return answer


async def _admitted(platform: Platform, request: Request, bearer: str | None) -> Admitted:
    try:
        return await platform.credentials.admit(bearer, place_of(request))
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
        await need_module(visit, conditions, visit.epochs.get(MODULES))
    if conditions.permission is not None:
        visit.caller.require(conditions.permission)
    if not conditions.transaction:
        return finished(visit, await _on_its_own(visit, conditions, inner))
    if conditions.creates and "idempotency-key" in visit.request.headers:
        return await _once(visit, conditions, inner)
    if visit.reads_body:
        await _fetch_body(visit, conditions)
    return await in_transaction(visit, conditions, inner)


async def _on_its_own(visit: Visit, conditions: Gate, inner: Handler) -> Response:
    """Do a deed that opens what transactions it needs; what the path names is authorised all the same."""
    names_tenant = "tenant_id" in visit.request.query_params and not conditions.settles_tenant
    if conditions.deed_decides and not names_tenant:
        try:
            return await inner(visit.request)
        except Exception:
            # What is wrong with a body is not said of what is hidden: that is not there, whatever the body.
            await authorise_briefly(visit, conditions)
            raise
    if conditions.guard is not None or names_tenant:
        await authorise_briefly(visit, conditions)
    return await inner(visit.request)


async def _fetch_body(visit: Visit, conditions: Gate) -> None:
    """Fetch the body once what the path names is authorised, and while no transaction is open.

    Whoever sends a body slowly would hold up everybody who writes; what it names is authorised again afterwards.
    """
    if conditions.guard is not None or "tenant_id" in visit.request.query_params:
        await authorise_briefly(visit, conditions)
    await visit.body()


async def _once(visit: Visit, conditions: Gate, inner: Handler) -> Response:
    """Answer a keyed request once; its repetitions get the same answer again."""
    request, key = visit.request, key_of(visit)
    await _fetch_body(visit, conditions)
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    fingerprint = hashlib.sha256(said).hexdigest()

    async def deed(finish: Finish) -> Response:
        return await in_transaction(visit, conditions, inner, finish)

    return finished(visit, await once(visit, key or "", fingerprint, deed))


def note_refusal(visit: Visit, error: PlatformError) -> None:
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
