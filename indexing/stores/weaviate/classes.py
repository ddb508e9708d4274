"""Knowing, stores: the Weaviate class of a collection, as we make it and as we insist on it."""

from __future__ import annotations

import re

from weaviate import WeaviateAsyncClient
from weaviate.classes.config import (
    Configure,
    DataType,
    Property,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
    VectorFilterStrategy,
)
from weaviate.exceptions import UnexpectedStatusCodeError

from indexing.errors import StoreUnavailable, UnfitVectors

TAGS = ("tenant_id", "collection_id", "document_id", "chunk_id")
INSISTED = dict.fromkeys(TAGS, Tokenization.FIELD) | {"words": Tokenization.WHITESPACE, "length": None}
SCANNED = 500_000  # so many chunks that a filter leaves are compared one by one: docs/decisions/0017
NOT_FOUND = 404
DESCRIPTION = "Chunks of a collection of ScaiGrid, {} dimensions"
_SAID = re.compile(DESCRIPTION.format(r"(\d+)"))


async def ensure(client: WeaviateAsyncClient, name: str, dimensions: int) -> None:
    """Make the class if it is not there, for vectors of so many dimensions."""
    there = await dimensions_of(client, name)
    if there is None:
        await _make(client, name, dimensions)
        there = await dimensions_of(client, name)
    if there != dimensions:
        raise UnfitVectors(f"These vectors have {dimensions} dimensions, those of the collection have {there}.")


async def dimensions_of(client: WeaviateAsyncClient, name: str) -> int | None:
    """How many dimensions a class has; None if it is not there, by the word of a server that has loaded its classes."""
    try:
        config = await client.collections.use(name).config.get(simple=True)
    except UnexpectedStatusCodeError as error:
        if error.status_code == NOT_FOUND and await client.is_ready():
            return None
        raise
    made = {each.name: each.tokenization for each in config.properties}
    said = _SAID.fullmatch(config.description or "")
    if said is None or not made.items() >= INSISTED.items():  # ids of the same words: a tenant finds another's chunks
        raise StoreUnavailable(f"The class {name} in Weaviate was not made by this platform, so it is not used.")
    return int(said[1])


async def _make(client: WeaviateAsyncClient, name: str, dimensions: int) -> None:
    index = Configure.VectorIndex.hnsw(
        distance_metric=VectorDistances.COSINE,
        flat_search_cutoff=SCANNED,
        filter_strategy=VectorFilterStrategy.ACORN,
        dynamic_ef_min=256,
        dynamic_ef_max=1024,
        quantizer=Configure.VectorIndex.Quantizer.none(),
    )
    try:
        await client.collections.create(
            name,
            description=DESCRIPTION.format(dimensions),
            properties=[*(_tag(each) for each in TAGS), _number("generation"), _number("length"), _words()],
            vector_config=Configure.Vectors.self_provided(vector_index_config=index),
            inverted_index_config=Configure.inverted_index(stopwords_preset=StopwordsPreset.NONE),
        )
    except UnexpectedStatusCodeError:  # who made it at the same time made the same
        if not await client.collections.exists(name):
            raise


def _tag(name: str) -> Property:
    return Property(
        name=name,
        data_type=DataType.TEXT,
        tokenization=Tokenization.FIELD,
        index_filterable=True,
        index_searchable=False,
    )


def _number(name: str) -> Property:
    return Property(name=name, data_type=DataType.INT, index_filterable=True)


def _words() -> Property:
    return Property(
        name="words",
        data_type=DataType.TEXT,
        tokenization=Tokenization.WHITESPACE,
        index_filterable=False,
        index_searchable=True,
    )
