"""Ground floor, blobs: a folder of files, each replaced whole."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from app.blobs.errors import StorageError
from app.blobs.files import UnfinishedFile, copy_file, files_below, make_folder, remove_abandoned, remove_empty, sync
from app.blobs.ports import Kept, Span, Written, checked_key, checked_prefix, gathered
from app.blobs.threads import next_of, on_thread

T = TypeVar("T")
_ENDING = ".blob"  # keeps a blob `a` beside the blobs `a/…`
_PIECE = 256 * 2**10
_LISTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FolderBlobs:
    """Keeps each blob in a file of its own under one folder."""

    folder: Path

    async def put(self, key: str, data: bytes, *, lasting: bool = True) -> None:
        """Keep these bytes; they are on the disk when this returns, unless they need not be."""
        place = self._place(key)
        await _done(lambda: _put(place, data, lasting=lasting))

    async def put_stream(self, key: str, parts: AsyncIterator[bytes]) -> Written:
        """Keep what a stream brings, at once if it is little; a stream that breaks off leaves nothing."""
        place, pieces = self._place(key), gathered(parts, _PIECE)
        piece = await anext(pieces, b"")
        if len(piece) < _PIECE:
            return await _done(lambda: _put(place, piece))
        file = await _done(lambda: UnfinishedFile(place), UnfinishedFile.drop)
        try:
            while piece:
                await _done(partial(file.write, piece))
                piece = await anext(pieces, b"")
            return await _done(file.finish)
        except BaseException:
            file.drop()
            raise

    async def get(self, key: str) -> bytes | None:
        """Return what is kept."""
        return await _done(_unless_missing(self._place(key).read_bytes))

    @asynccontextmanager
    async def read(self, key: str, span: Span | None = None) -> AsyncIterator[AsyncIterator[bytes] | None]:
        """Read piece by piece, from where the span begins."""
        place = self._place(key)
        file = await _done(_unless_missing(lambda: place.open("rb")), _close)
        if file is None:
            yield None
            return
        try:
            yield _pieces(file, span)
        finally:
            file.close()

    @asynccontextmanager
    async def as_file(self, key: str) -> AsyncIterator[Path | None]:
        """Give the file itself."""
        place = self._place(key)
        yield place if await _done(place.is_file) else None

    async def copy(self, source: str, target: str) -> bool:
        """Let a file have two names, so nothing is written."""
        here, there = self._place(source), self._place(target)

        def copied() -> bool:
            copy_file(here, there)
            return True

        return bool(await _done(_unless_missing(copied)))

    async def delete(self, key: str) -> bool:
        """Keep nothing any more; it is off the disk when this returns."""
        place = self._place(key)

        def deleted() -> bool:
            place.unlink()
            sync(place.parent)
            remove_empty(place.parent, up_to=self.folder)
            return True

        return bool(await _done(_unless_missing(deleted)))

    async def keys(self, prefix: str) -> AsyncIterator[Kept]:
        """List some hundred at a time, however many there are."""
        batches = self._listed(checked_prefix(prefix))
        try:
            while batch := await _done(next_of(batches)):
                for kept in batch:
                    yield kept
        finally:
            batches.close()

    async def sweep(self) -> int:
        """Remove what killed processes left unfinished."""
        return await _done(self._swept)

    async def answers(self) -> None:
        """Try to write."""

        def wrote() -> None:
            make_folder(self.folder)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(b"1")
                file.flush()

        await _done(wrote)

    async def aclose(self) -> None:
        """Hold nothing anyhow."""

    def _place(self, key: str) -> Path:
        return self.folder / f"{checked_key(key)}{_ENDING}"

    def _listed(self, below: str) -> Generator[list[Kept], None, None]:
        own = [self._place(below)] if below else []
        found = (kept for path in chain(own, files_below(self.folder / below)) if (kept := self._kept(path)))
        with contextlib.closing(found):
            while batch := list(islice(found, _LISTED_AT_ONCE)):
                yield batch

    def _kept(self, path: Path) -> Kept | None:
        if path.suffix != _ENDING:
            return None
        try:
            about = path.stat()
        except FileNotFoundError:
            return None
        key = path.relative_to(self.folder).as_posix().removesuffix(_ENDING)
        return Kept(key, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC))

    def _swept(self) -> int:
        removed = 0
        for path in files_below(self.folder):
            with contextlib.suppress(FileNotFoundError):
                if remove_abandoned(path):
                    removed += 1
                    remove_empty(path.parent, up_to=self.folder)
        return removed


def _put(place: Path, data: bytes, *, lasting: bool = True) -> Written:
    file = UnfinishedFile(place)
    try:
        file.write(data)
        return file.finish(lasting=lasting)
    except BaseException:
        file.drop()
        raise


async def _pieces(file: BinaryIO, span: Span | None) -> AsyncIterator[bytes]:
    if span is None:
        while piece := await _done(lambda: file.read(_PIECE)):
            yield piece
        return
    left = span.length
    await _done(lambda: file.seek(span.first))
    while left and (piece := await _done(partial(file.read, min(left, _PIECE)))):
        left -= len(piece)
        yield piece


def _unless_missing(deed: Callable[[], T]) -> Callable[[], T | None]:
    def tried() -> T | None:
        try:
            return deed()
        except FileNotFoundError:
            return None

    return tried


async def _done(deed: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """Do it on a thread; what the file system refuses is said in our words, without a path."""
    try:
        return await on_thread(deed, undo=undo)
    except OSError as error:
        raise StorageError(error.strerror or type(error).__name__) from error


def _close(file: BinaryIO | None) -> None:
    if file is not None:
        file.close()
