"""Knowing, chunking: a LlamaIndex node parser whose nodes stand in the text word for word."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, Document, MetadataMode, NodeRelationship, TextNode

from app.inference.counting import LARGEST_ATOM, TokenCounter
from indexing.chunking.chunk import Chunk
from indexing.chunking.measured import Measured
from indexing.chunking.places import Places
from indexing.chunking.spans import Span
from indexing.extraction.text import ExtractedText

TOLD = ("page", "section", "tokens")  # what a node's metadata says of it, left out of what models read


class ExtractedDocument(Document):
    """A document that still knows where each piece of it stood."""

    _extracted: ExtractedText = PrivateAttr()

    @classmethod
    def of(cls, extracted: ExtractedText) -> ExtractedDocument:
        """Dress an extracted text as a document; LlamaIndex cannot read halves of surrogate pairs, so it gets none."""
        document = cls(text=extracted.text.encode(errors="replace").decode())
        document._extracted = extracted
        return document

    @property
    def extracted(self) -> ExtractedText:
        """The text with its places."""
        return self._extracted


class SpanParser(NodeParser):
    """Cuts by the tokens of an embedding model; strategies say where."""

    chunk_size: int = Field(default=512, description="The most tokens of a chunk.")
    chunk_overlap: int = Field(default=50, description="The most tokens a chunk repeats of the one before.")
    _counter: TokenCounter = PrivateAttr()

    def __init__(self, counter: TokenCounter, *, chunk_size: int = 512, chunk_overlap: int = 50, **given: Any) -> None:
        if chunk_overlap < 0 or chunk_size < max(2 * chunk_overlap, chunk_overlap + LARGEST_ATOM):
            raise ValueError(
                f"{chunk_size} tokens a chunk leave no room beside an overlap of {chunk_overlap}; give chunks at least"
                f" {LARGEST_ATOM} tokens more than the overlap, and twice as many."
            )
        super().__init__(chunk_size=chunk_size, chunk_overlap=chunk_overlap, **given)
        self._counter = counter

    async def chunks(self, extracted: ExtractedText) -> list[Chunk]:
        """Cut a text into chunks, off the event loop."""
        return await asyncio.to_thread(self.cut, extracted)

    def cut(self, extracted: ExtractedText) -> list[Chunk]:
        """Cut a text into chunks, here and now."""
        return chunks_of(self.get_nodes_from_documents([ExtractedDocument.of(extracted)]), extracted.text)

    @abstractmethod
    def _cut(self, measured: Measured) -> Iterable[Span]:
        """Say where the chunks stand, in order."""

    def _measured(self, node: BaseNode) -> Measured:
        if isinstance(node, ExtractedDocument):
            extracted = node.extracted
        else:
            extracted = ExtractedText(node.get_content(metadata_mode=MetadataMode.NONE), ())
        return Measured(extracted, self._counter, self.chunk_size, self.chunk_overlap)

    def _nodes_of(self, node: BaseNode, measured: Measured, spans: Iterable[Span]) -> Iterator[TextNode]:
        places = Places(measured.extracted)
        text = node.get_content(metadata_mode=MetadataMode.NONE)
        source = {NodeRelationship.SOURCE: node.as_related_node_info()}
        inherited = node.metadata if self.include_metadata else {}
        for index, span in enumerate(spans):
            place = places.at(span.start)
            words = text[span.start : span.end]
            told = {
                **inherited,
                "page": place.page if place else None,
                "section": span.section or (place.section if place else None),
                "tokens": self._counter.count(words),
            }
            yield TextNode(
                id_=self.id_func(index, node),
                text=words,
                start_char_idx=span.start,
                end_char_idx=span.end,
                metadata=told,
                excluded_embed_metadata_keys=[*node.excluded_embed_metadata_keys, *TOLD],
                excluded_llm_metadata_keys=[*node.excluded_llm_metadata_keys, *TOLD],
                relationships=dict(source),
            )

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:  # noqa: FBT001, FBT002 - LlamaIndex's signature
        return [
            made
            for node in nodes
            for measured in [self._measured(node)]
            for made in self._nodes_of(node, measured, self._cut(measured))
        ]

    async def aget_nodes_from_documents(
        self,
        documents: Sequence[Document],
        show_progress: bool = False,  # noqa: FBT001, FBT002 - LlamaIndex's signature
        **kwargs: Any,
    ) -> list[BaseNode]:
        """Parse off the event loop, where LlamaIndex would do it."""
        return await asyncio.to_thread(self.get_nodes_from_documents, documents, show_progress, **kwargs)

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        # LlamaIndex's own looks for each node's words and takes the first place it finds them at; ours are known.
        for node in nodes:
            parent = parent_doc_map.get(node.ref_doc_id or "")
            if parent is not None and parent.source_node is not None:
                node.relationships[NodeRelationship.SOURCE] = parent.source_node
        if self.include_prev_next_rel:
            related = [node.as_related_node_info() for node in nodes]
            for (before, info), (after, next_info) in pairwise(zip(nodes, related, strict=True)):
                if before.ref_doc_id == after.ref_doc_id:
                    before.relationships[NodeRelationship.NEXT] = next_info
                    after.relationships[NodeRelationship.PREVIOUS] = info
        return nodes


def chunks_of(nodes: Sequence[BaseNode], text: str) -> list[Chunk]:
    """What nodes say, without what LlamaIndex adds to it."""
    return [_chunk(index, node, text) for index, node in enumerate(nodes) if isinstance(node, TextNode)]


def _chunk(index: int, node: TextNode, text: str) -> Chunk:
    start, end = node.start_char_idx or 0, node.end_char_idx or 0
    said = node.metadata
    return Chunk(index, text[start:end], start, end, said["page"], said["section"], said["tokens"])
