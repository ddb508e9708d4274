"""Knowing, pipeline: the text of a document, read out of its file once and kept beside it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.blobs.errors import StorageError
from app.blobs.ports import BlobStore
from app.errors import Kind, PlatformError
from indexing.extraction.apart import Extractor
from indexing.extraction.limits import Limits
from indexing.extraction.source import Extraction
from indexing.pipeline.content import Content
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.text_codec import NoSuchText, packed, unpacked


class ContentMissing(PlatformError):
    """The file of the document is not where it was kept. Upload it again."""

    code = "CONTENT_MISSING"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("The file of this document is no longer where it was kept. Upload it again.")


_LIMITS = Limits()
_PACKED_IN_A_MOMENT = 16_000  # characters: to have a thread do it takes longer


@dataclass(frozen=True, slots=True)
class Texts:
    """Reads files and keeps what was read."""

    blobs: BlobStore
    extractor: Extractor
    limits: Limits = _LIMITS

    async def kept(self, content: Content) -> Extraction | None:
        """The text as it was kept; None if the file has yet to be read."""
        data = await self.blobs.get(text_key(content.key)) if content.key else None
        try:
            return await asyncio.to_thread(unpacked, data) if data is not None else None
        except NoSuchText:
            return None

    async def read(self, content: Content) -> Extraction:
        """Read the file and keep its text."""
        if content.key is None:
            raise ContentMissing
        async with self.blobs.as_file(content.key) as path:
            if path is None:
                raise ContentMissing
            if content.sha256 is not None and await asyncio.to_thread(_digest_of, path) != content.sha256:
                raise StorageError("what it gives back is not what it was given")
            extraction = await self.extractor.extract(path, content.name, self.limits)
        reached(Point.TEXT_READ)
        short = len(extraction.text.text) <= _PACKED_IN_A_MOMENT
        kept = packed(extraction) if short else await asyncio.to_thread(packed, extraction)
        await self.blobs.put(text_key(content.key), kept, lasting=False)  # spoilt, it is read out of its file again
        reached(Point.TEXT_KEPT)
        return extraction


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_key(key: str) -> str:
    """Where the text of a blob is kept."""
    return f"{key}/text"
