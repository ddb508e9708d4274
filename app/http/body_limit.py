"""Roof, HTTP: bodies that are too large are refused while they are being read."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class BodyLimit:
    """Counts the bytes of a body as they are read; multipart uploads are limited where they are taken in."""

    app: ASGIApp
    most: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; reading more than the limit is refused as 413."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("content-type", "").startswith("multipart/"):
            await self.app(scope, receive, send)
            return
        declared = headers.get("content-length", "")
        announced = declared.isdigit() and int(declared) > self.most
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if announced or read > self.most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
