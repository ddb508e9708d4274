"""Knowing, chunking: breaks where neighbouring sentences speak of different things."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.schema import BaseNode, Document

from app.inference.counting import TokenCounter
from indexing.chunking.chunk import Chunk
from indexing.chunking.measured import Measured
from indexing.chunking.packing import pack
from indexing.chunking.parser import ExtractedDocument, SpanParser, chunks_of
from indexing.chunking.pieces import BLANK_LINES, PARAGRAPH, PROSE, SECTION, SENTENCE, SENTENCES, Piece, divided
from indexing.chunking.pieces import stretches as cut_after
from indexing.chunking.spans import Span, spans
from indexing.extraction.text import ExtractedText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], Awaitable["NDArray[np.float32]"]]

MOST_SENTENCES = 10_000  # of one text that are embedded; what follows is cut by paragraphs
FEWEST_SENTENCES = 8  # fewer have no distances to compare
_BATCH = 64
_SMALL = 4  # what lies between two breaks shares a chunk only if together it fills less than a quarter of it


class SemanticParser(SpanParser):
    """Asks an embedding model how far each sentence is from the next, and breaks where it is unusually far."""

    percentile: float = Field(default=95.0, description="Distances above this percentile are breaks.")
    _embed: Embed = PrivateAttr()

    def __init__(self, counter: TokenCounter, embed: Embed, **given: Any) -> None:
        super().__init__(counter, **given)
        self._embed = embed

    async def chunks(self, extracted: ExtractedText) -> list[Chunk]:
        """Ask the model on the event loop, and cut off it."""
        document = await asyncio.to_thread(ExtractedDocument.of, extracted)
        return chunks_of(await self.aget_nodes_from_documents([document]), extracted.text)

    async def aget_nodes_from_documents(
        self,
        documents: Sequence[Document],
        show_progress: bool = False,  # noqa: FBT001, FBT002 - LlamaIndex's signature
        **kwargs: Any,
    ) -> list[BaseNode]:
        """Ask the model on the event loop, and do the rest off it."""
        breaks = {document.node_id: await self._breaks(document) for document in documents}
        return await super().aget_nodes_from_documents(documents, show_progress, breaks=breaks, **kwargs)

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,  # noqa: FBT001, FBT002 - LlamaIndex's signature
        *,
        breaks: Mapping[str, frozenset[int]] | None = None,
        **kwargs: Any,
    ) -> list[BaseNode]:
        if breaks is None:
            raise TypeError("SemanticParser asks a model on the event loop; await aget_nodes_from_documents().")
        made: list[BaseNode] = []
        for node in nodes:
            measured = self._measured(node)
            made += self._nodes_of(node, measured, _cut_at(measured, breaks[node.node_id]))
        return made

    def _cut(self, measured: Measured) -> Iterable[Span]:
        return _cut_at(measured, frozenset())

    async def _breaks(self, document: Document) -> frozenset[int]:
        measured = self._measured(document)
        sentences = await asyncio.to_thread(lambda: list(islice(_sentences(measured), MOST_SENTENCES)))
        if len(sentences) < FEWEST_SENTENCES:
            return frozenset()
        rows = []
        for first in range(0, len(sentences), _BATCH):
            batch = sentences[first : first + _BATCH]
            rows.append(await self._embed([measured.text[piece.start : piece.end].strip() for piece in batch]))
        far = await asyncio.to_thread(_far_apart, rows, self.percentile)
        return frozenset(sentences[index].start for index in far)


def _sentences(measured: Measured) -> Iterator[Piece]:
    for begin, stop in cut_after(measured.text, BLANK_LINES, 0, len(measured.text)):
        for start, end in cut_after(measured.text, SENTENCES, begin, stop):
            strength = PARAGRAPH if start == begin else SENTENCE
            if measured.text[start:end].strip():
                yield from divided(measured, Piece(start, end, 0, strength, measured.room), measured.room, PROSE[1:])


def _cut_at(measured: Measured, breaks: frozenset[int]) -> Iterator[Span]:
    most = measured.room // _SMALL
    pieces = (
        piece._replace(strength=SECTION, most=most) if piece.start in breaks else piece
        for piece in _sentences(measured)
    )
    return spans(measured, pack(measured, pieces))


def _far_apart(rows: Sequence[NDArray[np.float32]], percentile: float) -> list[int]:
    """Name the sentences that are unusually far from what stands before them, two and two together."""
    import numpy as np  # noqa: PLC0415 - kept out of a server that only asks what strategies there are

    vectors = np.concatenate([np.asarray(row, dtype=np.float32) for row in rows])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    pairs = vectors[:-1] + vectors[1:]
    pairs /= np.maximum(np.linalg.norm(pairs, axis=1, keepdims=True), np.float32(1e-12))
    distances = 1 - np.einsum("ij,ij->i", pairs[:-2], pairs[2:])
    return [int(index) + 2 for index in np.flatnonzero(distances > np.percentile(distances, percentile))]
