"""Knowing, stores: the Weaviate class of a collection, as we make it and as we insist on it."""

from __future__ import annotations

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
from weaviate.exceptions import UnexpectedStatusCodeError, WeaviateUnsupportedFeatureError

from indexing.errors import StoreUnavailable

TAGS = ("tenant_id", "collection_id", "document_id", "chunk_id")
SCANNED = 500_000  # so many chunks that a filter leaves are compared one by one: docs/decisions/0017
NOT_FOUND = 404


async def ensure(client: WeaviateAsyncClient, name: str) -> None:
    """Make the class if it is not there, refuse one that is not as we make it."""
    try:
        config = await client.collections.use(name).config.get()
    except UnexpectedStatusCodeError as error:
        if error.status_code != NOT_FOUND:
            raise
        return await _make(client, name)
    exact = {each.name for each in config.properties if each.tokenization == Tokenization.FIELD}
    if not exact.issuperset(TAGS):  # ids are told apart by their words: a tenant would find another's chunks
        raise StoreUnavailable(f"The class {name} in Weaviate was not made by this platform, so it is not used.")
    return None


async def is_missing(client: WeaviateAsyncClient, name: str) -> bool:
    """Whether there is no such class, by the word of a server that has loaded what it keeps."""
    return not await client.collections.exists(name) and await client.is_ready()


async def _make(client: WeaviateAsyncClient, name: str) -> None:
    try:
        try:
            await _create(client, name, fold=True)
        except WeaviateUnsupportedFeatureError:  # servers before 1.37 know no folding
            await _create(client, name, fold=False)
    except UnexpectedStatusCodeError:  # who made it at the same time made the same
        if not await client.collections.exists(name):
            raise


async def _create(client: WeaviateAsyncClient, name: str, *, fold: bool) -> None:
    index = Configure.VectorIndex.hnsw(
        distance_metric=VectorDistances.COSINE,
        flat_search_cutoff=SCANNED,
        filter_strategy=VectorFilterStrategy.ACORN,
        quantizer=Configure.VectorIndex.Quantizer.none(),
    )
    await client.collections.create(
        name,
        properties=[*(_tag(each) for each in TAGS), _generation(), _text(fold=fold)],
        vector_config=Configure.Vectors.self_provided(vector_index_config=index),
        inverted_index_config=Configure.inverted_index(stopwords_preset=StopwordsPreset.NONE),
    )


def _tag(name: str) -> Property:
    return Property(
        name=name,
        data_type=DataType.TEXT,
        tokenization=Tokenization.FIELD,
        index_filterable=True,
        index_searchable=False,
    )


def _generation() -> Property:
    return Property(name="generation", data_type=DataType.INT, index_filterable=True)


def _text(*, fold: bool) -> Property:
    return Property(
        name="text",
        data_type=DataType.TEXT,
        tokenization=Tokenization.WORD,
        index_filterable=False,
        index_searchable=True,
        text_analyzer=Configure.text_analyzer(ascii_fold=True) if fold else None,
    )
