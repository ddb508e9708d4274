"""Knowing, stores: chunks as LlamaIndex nodes, and nodes as objects of a Weaviate class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from llama_index.core.schema import BaseNode, MetadataMode, TextNode
from weaviate.classes.data import DataObject
from weaviate.collections.classes.internal import Object

from indexing.stores.vectors import Entry, Index

BATCH = 100  # chunks of one message: what is packed at once holds up the event loop
BATCH_BYTES = 1 << 20
TOLD = ["tenant_id", "chunk_id", "document_id"]  # what an answer says of a chunk; its text is in the database


def node_of(entry: Entry) -> TextNode:
    """A chunk as a node."""
    return TextNode(
        id_=entry.chunk_id,
        text=sayable(entry.text),
        embedding=entry.vector.tolist(),
        metadata={"document_id": entry.document_id, "generation": entry.generation},
    )


def sayable(text: str) -> str:
    """A text without what no wire carries: halves of surrogate pairs."""
    return text.encode(errors="replace").decode()


def uuid_of(index: Index, chunk_id: str) -> UUID:
    """The id of a chunk's object: the same each time, and nobody else's."""
    return uuid5(NAMESPACE_OID, f"{index.tenant_id} {chunk_id}")


def object_of(index: Index, node: BaseNode) -> DataObject[Any, Any]:
    """A node as an object of its collection's class."""
    return DataObject(
        uuid=uuid_of(index, node.node_id),
        vector=node.get_embedding(),
        properties={
            "tenant_id": index.tenant_id,
            "collection_id": index.collection_id,
            "document_id": node.metadata["document_id"],
            "chunk_id": node.node_id,
            "generation": node.metadata["generation"],
            "text": node.get_content(MetadataMode.NONE),
        },
    )


def word_of(node: BaseNode) -> str:
    """A word by which a node must be found, if it has one of ordinary length."""
    return next((word for word in _words(node) if any(map(str.isalnum, word))), "")


def plain_word_of(node: BaseNode) -> str:
    """A word of plain letters, of which every server makes the same, if it has one."""
    return next((word for word in _words(node) if word.isascii() and word.isalnum()), "")


def _words(node: BaseNode) -> list[str]:
    words = node.get_content(MetadataMode.NONE)[:2_000].split()[:-1]  # the last may be cut through
    return [word for word in words if len(word) < 64]


def found_node(found: Object[Any, Any]) -> TextNode:
    """A node without its text, made of what a query told of it."""
    told, vector = found.properties, found.vector.get("default")
    return TextNode(
        id_=str(told["chunk_id"]),
        embedding=vector or None,
        metadata={"document_id": str(told["document_id"])},
    )


def similarity(found: Object[Any, Any]) -> float:
    """The cosine of a node found by meaning, the BM25 score of one found by words."""
    told = found.metadata
    if told.distance is not None:
        return max(-1.0, min(1.0, 1.0 - told.distance))
    return told.score or 0.0


def batches(nodes: Sequence[BaseNode]) -> Iterator[list[BaseNode]]:
    """Split nodes into messages of bounded size."""
    batch: list[BaseNode] = []
    size = 0
    for node in nodes:
        weight = 4 * len(node.get_embedding()) + 4 * len(node.get_content(MetadataMode.NONE))
        if batch and (len(batch) == BATCH or size + weight > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(node)
        size += weight
    if batch:
        yield batch
