"""Knowing, stores: what is asked about, in Weaviate's filters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from llama_index.core.schema import BaseNode
from weaviate.classes.query import Filter
from weaviate.collections.classes.filters import FilterReturn

from indexing.stores.vectors import Index, Scope

NAMED = 10_000  # ids in one question: 300 kB, a tenth of a second


def of_tenant(index: Index, *others: FilterReturn | None) -> FilterReturn:
    """Only what is the tenant's, whatever else is asked."""
    mine = Filter.by_property("tenant_id").equal(index.tenant_id)
    return Filter.all_of([mine, *(each for each in others if each is not None)])


def not_of_tenant(index: Index) -> FilterReturn:
    """Only what is another tenant's."""
    return Filter.by_property("tenant_id").not_equal(index.tenant_id)


def of_documents(ids: Collection[str]) -> FilterReturn:
    """Only chunks of these documents."""
    return Filter.by_property("document_id").contains_any(list(ids))


def naming(nodes: Sequence[BaseNode]) -> FilterReturn:
    """Only what is of the documents and generations of these nodes."""
    generations = sorted({node.metadata["generation"] for node in nodes})
    documents = {node.metadata["document_id"] for node in nodes}
    return Filter.by_property("generation").contains_any(generations) & of_documents(documents)


def in_scope(scope: Scope) -> Iterator[FilterReturn]:
    """Filters that together let through what a scope says; what one of them does, no other does."""
    generation = Filter.by_property("generation").equal(scope.generation)
    if scope.documents is None or (scope.documents.all_except and not scope.documents.ids):
        yield generation
    elif scope.documents.all_except:
        yield generation & Filter.by_property("document_id").contains_none(sorted(scope.documents.ids))
    else:
        for ids in slices(scope.documents.ids, NAMED):
            yield generation & of_documents(ids)


def beside_scope(scope: Scope) -> FilterReturn:
    """A filter that lets through what a scope leaves out, of one that names none or what it leaves out."""
    others = Filter.by_property("generation").not_equal(scope.generation)
    if scope.documents is None or not scope.documents.ids:
        return others
    return others | of_documents(sorted(scope.documents.ids))


def holding(words: Collection[str]) -> FilterReturn:
    """Only chunks that hold any of these words."""
    return Filter.by_property("words").contains_any(list(words))


def slices(ids: Collection[str], size: int) -> Iterator[Sequence[str]]:
    """Some ids at a time, each once, in order."""
    each = iter(sorted(set(ids)))
    while some := list(islice(each, size)):
        yield some
