"""Roof, HTTP: a file as an answer: given piece by piece, to be kept and never shown as a page, and cut off in time."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from acl.visible import Visible
from app.blobs.errors import StorageError
from app.blobs.ports import BlobStore, Span
from app.errors import PlatformError
from app.http.open_streams import OpenStreams, Right
from app.http.streaming import fault_of, until_gone
from indexing.documents.found import FoundDocument
from indexing.documents.naming import UNKNOWN_TYPE

log = structlog.get_logger("files")

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PLAIN = re.compile(r"[^A-Za-z0-9 !#$&+.^_`~()\[\]{}@,=-]")


class FileAnswer(Response):
    """Gives a file to somebody who may read it, for as long as they may."""

    def __init__(
        self, seen: Visible[FoundDocument], request: Request, blobs: BlobStore, streams: OpenStreams, right: Right
    ) -> None:
        row = seen.value.row
        self.background = None
        self.right = right
        self._key, self._blobs, self._streams = row.blob_key or "", blobs, streams
        self._pump: asyncio.Task[None] | None = None
        self._sending_since: float | None = None
        tag = f'"{(row.sha256 or row.id)[:32]}"'
        asked = request.headers.get("range") if request.headers.get("if-range", tag) == tag else None
        span = _span(asked, row.size_bytes)
        self._part = span if span is not None and span.length else None
        self._span = span or Span(0, row.size_bytes)
        self._sha256 = row.sha256 if span is None else None  # of what is given, where that is all of it
        self.status_code = 206 if span is not None and span.length else 200 if span is None else 416
        headers = {
            "Content-Type": row.mime_type or UNKNOWN_TYPE,
            "Content-Disposition": disposition(row.name),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
            "Content-Length": str(self._span.length),
            "ETag": tag,
        }
        if span is not None:
            last = f"{span.first}-{span.first + span.length - 1}" if span.length else "*"
            headers["Content-Range"] = f"bytes {last}/{row.size_bytes}"
        self.init_headers(headers)

    @property
    def unread_seconds(self) -> float:
        """How long the client has not been taking what is sent."""
        return 0.0 if self._sending_since is None else time.monotonic() - self._sending_since

    def stop(self, reason: PlatformError) -> None:
        """Cut it off; that not all has been sent is seen by its length."""
        log.info("file_cut_off", code=reason.code)
        if self._pump is not None:
            self._pump.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, unless nothing is kept: then that is said before anything is."""
        async with self._blobs.read(self._key, self._part) as parts:
            if parts is None:
                raise StorageError("what was kept is not there any more")
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            self._pump = asyncio.create_task(self._send(parts, send))
            gone = asyncio.create_task(until_gone(receive))
            try:
                with self._streams.watching(self, until_stop=False):
                    await asyncio.wait({self._pump, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
                self._pump.cancel()
                await asyncio.gather(self._pump, gone, return_exceptions=True)
        fault = fault_of(self._pump)
        if fault is not None:
            log.error("file_broke_off", error=type(fault).__name__)

    async def _send(self, parts: AsyncIterator[bytes], send: Send) -> None:
        """Send the wanted bytes; whoever gets fewer than were announced is disconnected by the server.

        The last of them are held back until all are known to be those that were once brought.
        """
        if not self._span.length:
            await self._give(b"", send, more=False)
            return
        given, held, digest = 0, b"", hashlib.sha256()
        async for part in parts:
            if held:
                await self._give(held, send, more=True)
            digest.update(part)
            given, held = given + len(part), part
        if given != self._span.length or self._sha256 not in {None, digest.hexdigest()}:
            raise StorageError("what it gives back is not what it was given")
        await self._give(held, send, more=False)

    async def _give(self, piece: bytes, send: Send, *, more: bool) -> None:
        self._sending_since = time.monotonic()
        await send({"type": "http.response.body", "body": piece, "more_body": more})
        self._sending_since = None


def disposition(name: str) -> str:
    """Have a file kept under its name: in plain letters for old programs, in full for the others."""
    return f"attachment; filename=\"{_PLAIN.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"


def _span(asked: str | None, size: int) -> Span | None:
    """The bytes that are asked for, none if none are there; None is all, as is whatever is no single plain range."""
    found = _RANGE.fullmatch(asked.replace(" ", "")) if asked is not None and len(asked) < 60 else None
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return Span(size - length, length)
    first, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return None
    return Span(first, max(0, min(last, size - 1) - first + 1)) if first < size else Span(0, 0)
