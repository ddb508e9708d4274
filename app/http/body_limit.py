"""Roof, HTTP: bodies that are too large are refused while they are being read."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FORM_BYTES = 2**20  # what a form may hold beside its file


@dataclass(slots=True)
class BodyLimit:
    """Counts the bytes of a body as they are read; multipart forms carry files and have a limit of their own."""

    app: ASGIApp
    most: int
    most_multipart: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; reading more than the limit is refused as 413."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").startswith("multipart/")
        most = self.most_multipart + _FORM_BYTES if form else self.most
        declared = headers.get("content-length", "")
        announced = declared.isdigit() and int(declared) > most
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if announced or read > most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
