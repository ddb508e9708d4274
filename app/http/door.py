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
        offered = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        name = accept_or_mint(offered)
        token = request_id.set(name)
        # A request that was sent ahead on the same connection starts in the context of the one before it.
        structlog.contextvars.clear_contextvars()
        started = time.perf_counter()
        status = 0

        async def mark(message: Message) -> None:
            nonlocal status
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
                await answer_error(Request(scope), InternalFault(_FAULT))(scope, receive, mark)
            else:
                raise
        finally:
            self._note(scope, status, time.perf_counter() - started)
            request_id.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
        log.info("request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))


_FAULT = "Something on our side failed; the request id leads to its cause in the logs."
