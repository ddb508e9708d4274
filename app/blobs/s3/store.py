"""Ground floor, blobs: a bucket as a store of blobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.blobs.files import UnfinishedFile, files_below, remove_abandoned
from app.blobs.ports import Kept, Span, Written, checked_key, checked_prefix, gathered
from app.blobs.s3.bucket import Body, Bucket
from app.blobs.s3.client import CALLS_AT_ONCE, S3Place, open_client
from app.blobs.s3.failures import translated
from app.blobs.s3.uploads import PART_BYTES, Upload, abort_stale
from app.blobs.threads import next_of, on_thread
from app.clock import Clock

T = TypeVar("T")
_PIECE = 256 * 2**10


def open_bucket(place: S3Place, folder: Path, clock: Clock) -> S3Blobs:
    """Make the store; nobody is called yet. Files of this machine are kept in a folder while somebody needs them."""
    threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="s3")
    return S3Blobs(Bucket(open_client(place), place.bucket), folder, clock, threads)


@dataclass(frozen=True, slots=True)
class S3Blobs:
    """Keeps each blob in an object of one bucket."""

    bucket: Bucket
    folder: Path
    clock: Clock
    threads: ThreadPoolExecutor

    async def put(self, key: str, data: bytes, *, lasting: bool = True) -> None:
        """Keep these bytes; all that a bucket holds is lasting."""
        await self._done(partial(self.bucket.put, checked_key(key), data))

    async def put_stream(self, key: str, parts: AsyncIterator[bytes]) -> Written:
        """Keep what a stream brings: what fits into one part is put at once, the rest part by part."""
        pieces = gathered(parts, PART_BYTES)
        checked_key(key)
        piece = await anext(pieces, b"")
        if len(piece) < PART_BYTES:
            return await self._done(partial(self.bucket.put, key, piece))
        upload = Upload(self.bucket, key)
        try:
            while piece:
                await self._done(partial(upload.add, piece))
                piece = await anext(pieces, b"")
            return await self._done(upload.finish)
        except BaseException:
            await self._done(upload.abort)
            raise

    async def get(self, key: str) -> bytes | None:
        """Return what is kept, if it is what was put."""
        return await self._done(partial(self._got, checked_key(key)))

    @asynccontextmanager
    async def read(self, key: str, span: Span | None = None) -> AsyncIterator[AsyncIterator[bytes] | None]:
        """Read piece by piece; the store sends no more than the span."""
        body = await self._done(partial(self.bucket.open, checked_key(key), span), _close)
        try:
            yield None if body is None else self._pieces(body)
        finally:
            _close(body)

    @asynccontextmanager
    async def as_file(self, key: str) -> AsyncIterator[Path | None]:
        """Fetch it into a file that is gone when the block ends."""
        file = await self._done(partial(self._fetched, checked_key(key)), _drop)
        try:
            yield None if file is None else file.path
        finally:
            await self._done(partial(_drop, file))

    async def copy(self, source: str, target: str) -> bool:
        """Have the store copy it."""
        return await self._done(partial(self.bucket.copy, checked_key(source), checked_key(target)))

    async def delete(self, key: str) -> bool:
        """Keep nothing any more."""
        return await self._done(partial(self.bucket.delete, checked_key(key)))

    async def keys(self, prefix: str) -> AsyncIterator[Kept]:
        """List a page at a time."""
        below = checked_prefix(prefix)
        if below and (own := await self._done(partial(self.bucket.about, below))):
            yield Kept(below, own["ContentLength"], own["LastModified"])
        pages = self.bucket.pages(f"{below}/" if below else "")
        while (page := await self._done(next_of(pages))) is not None:
            for kept in page:
                yield kept

    async def sweep(self) -> int:
        """End uploads that broke off, and remove files that killed processes had fetched."""
        return await self._done(self._swept)

    async def answers(self) -> None:
        """Ask for the bucket."""
        await self._done(self.bucket.answers)

    async def aclose(self) -> None:
        """Let go of threads and connections."""
        await on_thread(partial(self.threads.shutdown, cancel_futures=True))
        self.bucket.client.close()

    def _got(self, key: str) -> bytes | None:
        body = self.bucket.open(key)
        try:
            return None if body is None else body.read()
        finally:
            _close(body)

    def _fetched(self, key: str) -> UnfinishedFile | None:
        body = self.bucket.open(key)
        if body is None:
            return None
        file = UnfinishedFile(self.folder / "fetched")
        try:
            while data := body.read(_PIECE):
                file.write(data)
            file.flush()
        except BaseException:
            file.drop()
            raise
        finally:
            body.close()
        return file

    async def _pieces(self, body: Body) -> AsyncIterator[bytes]:
        while data := await self._done(partial(body.read, _PIECE)):
            yield data

    def _swept(self) -> int:
        removed = 0
        for path in files_below(self.folder):
            with suppress(FileNotFoundError):
                removed += remove_abandoned(path)
        return removed + abort_stale(self.bucket, self.clock.now())

    async def _done(self, deed: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
        with translated():
            return await on_thread(deed, executor=self.threads, undo=undo)


def _close(body: Body | None) -> None:
    if body is not None:
        body.close()


def _drop(file: UnfinishedFile | None) -> None:
    if file is not None:
        file.drop()
