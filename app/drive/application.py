"""Roof, drive: ScaiDrive's API over a folder: shares, their files, and passages that answer a question.

What is not there and what is not for whoever asks are the same answer.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from app.drive.folder import Held, file_id, look
from app.drive.library import Hit, Library
from app.drive.people import People
from app.drive.rights import Eyes, Reader, RightsBroken, RightsFile
from app.drive.saying import NotThere, NotUnderstood, refusal, wanted_by
from app.errors import PlatformError
from app.identity.errors import TokenInvalid

_MOST_PASSAGES = 50
Answering = Callable[["Asked"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, who makes it and what they may."""

    request: Request
    reader: Reader
    eyes: Eyes

    def share(self, share_id: str) -> str:
        """A share that is there for them."""
        if not self.eyes.may_see(share_id):
            raise NotThere
        return share_id

    def path_in(self, share_id: str, held: Held) -> str | None:
        """Where a file lies in a share; None if it is not in it, or not theirs to read."""
        path = held.within(self.eyes.rights.folder_of(share_id))
        return path if path is not None and self.eyes.may_read(share_id, path) else None

    def files_in(self, share_id: str, held: Sequence[Held]) -> Sequence[tuple[str, Held]]:
        """All that are theirs to read among some files, by their paths in a share; blocks."""
        found = [(path, one) for one in held if (path := self.path_in(share_id, one)) is not None]
        return sorted(found, key=lambda one: one[0])


@dataclass(frozen=True, slots=True)
class Drive:
    """Answers for one folder."""

    library: Library
    rights: RightsFile
    people: People

    def application(self) -> Starlette:
        """As an application; it is ready once every file was read."""
        return Starlette(
            routes=[
                Route("/health", self.health),
                Route("/api/v1/shares", self._answered(self.shares)),
                Route("/api/v1/shares/{share_id}/files", self._answered(self.files)),
                Route("/api/v1/shares/{share_id}/files/{file_id}/content", self._answered(self.content)),
                Route("/api/v1/search/context", self._answered(self.search), methods=["POST"]),
            ],
            lifespan=self._open,
        )

    @asynccontextmanager
    async def _open(self, _app: Starlette) -> AsyncIterator[None]:
        await self.library.refresh()
        watching = asyncio.create_task(self.library.watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            await self.library.extractor.aclose()

    async def health(self, _request: Request) -> Response:
        """Say how much is there; nothing of what it is."""
        return JSONResponse({"status": "ok", **self.library.told()})

    async def shares(self, asked: Asked) -> Response:
        """The shares that are there for whoever asks."""
        there = [(id_, share) for id_, share in asked.eyes.rights.shares.items() if asked.eyes.may_see(id_)]
        shown = [{"id": id_, "name": share.name or id_, "description": share.description} for id_, share in there]
        return JSONResponse({"shares": shown})

    async def files(self, asked: Asked) -> Response:
        """The files of a share that whoever asks may read."""
        share_id = asked.share(asked.request.path_params["share_id"])
        found = await asyncio.to_thread(asked.files_in, share_id, self.library.files)
        shown = [
            {"id": file_id(share_id, path), "name": held.name, "path": path, "size_bytes": held.size}
            for path, held in found
        ]
        return JSONResponse({"files": shown})

    async def content(self, asked: Asked) -> Response:
        """A file as it is."""
        share_id = asked.share(asked.request.path_params["share_id"])
        wanted = asked.request.path_params["file_id"]
        held = await asyncio.to_thread(self._named, asked, share_id, wanted)
        kind = mimetypes.guess_type(held.name)[0] or "application/octet-stream"
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
        return FileResponse(self.library.root / held.path, filename=held.name, media_type=kind, headers=headers)

    async def search(self, asked: Asked) -> Response:
        """The passages of a share that are nearest to a question, as many as fit into so many tokens."""
        wanted = await wanted_by(asked.request)
        share_id = asked.share(wanted.share_id)
        hits = await self.library.search(
            wanted.query, lambda held: asked.path_in(share_id, held) is not None, _MOST_PASSAGES
        )
        asked = Asked(asked.request, asked.reader, await self._eyes(asked.reader))  # it took a while
        chunks, left = [], wanted.max_tokens
        for hit in hits:
            left -= hit.passage.tokens
            path = asked.path_in(asked.share(share_id), hit.held)
            if left < 0:
                break
            if path is not None:
                chunks.append(_chunk(share_id, path, hit))
        return JSONResponse({"share_id": share_id, "chunks": chunks})

    def _answered(self, answering: Answering) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                reader = await self._reader(request)
                return await answering(Asked(request, reader, await self._eyes(reader)))
            except (PlatformError, RightsBroken, NotThere, NotUnderstood) as error:
                return refusal(error)

        return answer

    def _named(self, asked: Asked, share_id: str, wanted: str) -> Held:
        """The file of a share that an id stands for; blocks."""
        for path, held in asked.files_in(share_id, self.library.files):
            if file_id(share_id, path) == wanted and look(self.library.root, held.path) is not None:
                return held
        raise NotThere

    async def _eyes(self, reader: Reader) -> Eyes:
        return (await asyncio.to_thread(self.rights.read)).of(reader)

    async def _reader(self, request: Request) -> Reader:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise TokenInvalid
        return await self.people.reader_of(token.strip())


def _chunk(share_id: str, path: str, hit: Hit) -> dict[str, Any]:
    return {
        "content": hit.passage.text,
        "score": round(hit.score, 6),
        "file_id": file_id(share_id, path),
        "document_name": hit.held.name,
        "path": path,
        "page": hit.passage.page,
    }
