"""Roof, HTTP: the outermost room: request id, one log line, metrics, and the last word on faults."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.context import request_id
from app.errors import InternalFault
from app.http.errors import answer_error
from app.http.failures import FAULT
from app.http.request_id import accept_or_mint
from app.telemetry.metrics import HTTP_SECONDS

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger("http")


@dataclass(slots=True)
class Door:
    """Wraps the whole application; plain ASGI, so that streams pass through untouched."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":  # the server leaves the body out; everything else is as for GET
            scope = {**scope, "method": "GET"}
        offered = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        name = accept_or_mint(offered)
        structlog.contextvars.clear_contextvars()  # a kept connection must not lend one caller to the next
        token = request_id.set(name)
        # A request that was sent ahead on the same connection starts in the context of the one before it.
        structlog.contextvars.clear_contextvars()
        started = time.perf_counter()
        status, finished = 0, False

        async def mark(message: Message) -> None:
            nonlocal status, finished
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = name
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, mark)
        except Exception:
            log.exception("request_failed", path=scope["path"])
            if status == 0:
                await answer_error(Request(scope), InternalFault(FAULT))(scope, receive, mark)
            elif not finished:
                raise  # half an answer must not look like a whole one: the server cuts the connection
        finally:
            self._note(method, scope, status, time.perf_counter() - started)
            request_id.reset(token)

    def _note(self, method: str, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        HTTP_SECONDS.labels(method if method in _METHODS else "other", route, str(status)).observe(seconds)
        log.info("request", method=method, path=scope["path"], status=status, ms=round(seconds * 1000, 1))
