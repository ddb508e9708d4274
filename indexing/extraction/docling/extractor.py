"""Knowing, extraction: PDFs, office files and pictures are read by Docling; what it cannot read, as everything else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import structlog

from indexing.extraction.apart import Extractor
from indexing.extraction.docling.kinds import Readable, readable
from indexing.extraction.docling.pages import MARK, paged
from indexing.extraction.docling.server import DoclingRefused, DoclingServer
from indexing.extraction.errors import FileHasNoText
from indexing.extraction.limits import Limits
from indexing.extraction.source import Extraction

_PART = "Docling could read only a part of it."

log = structlog.get_logger("extraction")


class DoclingExtractor(Extractor):
    """Reads by Docling what that reads better. While Docling is away such files wait: they are not read otherwise."""

    def __init__(self, docling: DoclingServer, processes: int = 1) -> None:
        super().__init__(processes)
        self._docling = docling

    async def extract(self, source: Path | bytes, name: str, limits: Limits | None = None) -> Extraction:
        """Read one file."""
        kind = await asyncio.to_thread(readable, source, name) if isinstance(source, Path) else None
        if kind is None or not isinstance(source, Path):
            return await super().extract(source, name, limits)
        try:
            return await self._converted(source, kind, limits)
        except DoclingRefused as refusal:
            log.warning("docling_refused", kind=kind.media_type, reason=str(refusal))
            read = await super().extract(source, name, limits)
            return replace(read, warnings=(*read.warnings, f"It was read without Docling: {refusal}."))

    async def aclose(self) -> None:
        """End every process, and let go of connections."""
        await super().aclose()
        await self._docling.client.aclose()

    async def _converted(self, source: Path, kind: Readable, limits: Limits | None) -> Extraction:
        """What Docling wrote is read apart like any Markdown: it, too, is made of a stranger's file."""
        converted = await self._docling.convert(source, kind.ending)
        if not converted.markdown.replace(MARK, "").strip():
            raise FileHasNoText("Docling found no text in it.")
        read = await super().extract(converted.markdown.encode(errors="replace"), "converted.md", limits)
        text = await asyncio.to_thread(paged, read.text, numbered=kind.has_pages)
        warnings = read.warnings if converted.whole else (*read.warnings, _PART)
        return Extraction(text, kind.media_type, warnings)
