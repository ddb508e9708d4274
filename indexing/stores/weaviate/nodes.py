"""Knowing, stores: chunks as LlamaIndex nodes, and nodes as objects of a Weaviate class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from llama_index.core.schema import BaseNode, MetadataMode, TextNode
from weaviate.classes.data import DataObject
from weaviate.collections.classes.internal import Object

from indexing.errors import StoreUnavailable
from indexing.stores.vectors import Entry, Index
from indexing.stores.weaviate.weighing import Holder
from indexing.wording.analysis import held_words, kept_words

BATCH = 100  # chunks of one message: what is packed at once holds up the event loop
BATCH_BYTES = 1 << 20
TOLD = ["tenant_id", "chunk_id", "document_id", "length"]  # what an answer says of a chunk; its text is in the database
_TIMES = re.compile(r"BM25F_([^_\s]+)_frequency:(\d+)")


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
            "words": " ".join(held_words(node.get_content(MetadataMode.NONE))),
            "length": len(kept_words(node.get_content(MetadataMode.NONE)).split()),
        },
    )


def word_of(node: BaseNode) -> str:
    """A word by which a node must be found, if it has one."""
    return next(iter(held_words(node.get_content(MetadataMode.NONE))), "")


def found_node(found: Object[Any, Any]) -> TextNode:
    """A node without its text, made of what a query told of it."""
    told, vector = found.properties, found.vector.get("default")
    return TextNode(
        id_=str(told["chunk_id"]),
        embedding=vector or None,
        metadata={"document_id": str(told["document_id"])},
    )


def similarity(found: Object[Any, Any]) -> float:
    """The cosine of a node found by meaning."""
    return max(-1.0, min(1.0, 1.0 - (found.metadata.distance or 0.0)))


def holder_of(found: Object[Any, Any]) -> Holder:
    """What was found by words; a server says which in passing, when it explains itself."""
    times = {word: int(often) for word, often in _TIMES.findall(found.metadata.explain_score or "")}
    if not times:
        raise StoreUnavailable("The vector store (Weaviate) does not say which words it has found.")
    told = found.properties
    return Holder(str(told["chunk_id"]), str(told["document_id"]), times, int(told["length"]))


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
