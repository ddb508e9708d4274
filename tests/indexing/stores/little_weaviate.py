"""As much of a Weaviate server as its client needs: real wires, chunks in memory, every question remembered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from math import log
from typing import Any
from uuid import UUID

import grpc
import numpy as np
from numpy.typing import NDArray
from weaviate.proto.v1 import (
    aggregate_pb2,
    base_pb2,
    batch_delete_pb2,
    batch_pb2,
    properties_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

from tests.indexing.stores.little_schema import LittleSchema
from tests.world.ports import kept_port

MOST_DELETED = 3  # a real one stops at 10,000


@dataclass(frozen=True, slots=True)
class Kept:
    """One object of a class."""

    uuid: str
    told: dict[str, Any]
    vector: NDArray[np.float32]
    words: Counter[str]

    def value(self, name: str) -> Any:
        """What a filter looks at."""
        return self.uuid if name == "_id" else self.told.get(name)


def let_through(asked: base_pb2.Filters, among: Iterable[Kept]) -> list[Kept]:
    """The objects that a filter lets through."""
    if not asked.operator:
        return list(among)
    name = base_pb2.Filters.Operator.Name(asked.operator).removeprefix("OPERATOR_")
    among = list(among)
    if name in ("AND", "OR"):
        through = [{kept.uuid for kept in let_through(each, among)} for each in asked.filters]
        joined = set.intersection(*through) if name == "AND" else set.union(*through)
        return [kept for kept in among if kept.uuid in joined]
    named: set[Any] = {*asked.value_text_array.values, *asked.value_int_array.values}
    if asked.target.property == "words":
        return [kept for kept in among if not named.isdisjoint(kept.words)]
    if name.endswith("EQUAL"):
        named = {asked.value_int if asked.HasField("value_int") else asked.value_text}
    others = name in ("CONTAINS_NONE", "NOT_EQUAL")
    return [kept for kept in among if (kept.value(asked.target.property) in named) is not others]


async def alive(request: bytes, context: Any) -> bytes:
    """Answer whoever asks whether it is there."""
    return b"\x08\x01"  # gRPC's HealthCheckResponse: SERVING


HEALTH = {"Check": grpc.unary_unary_rpc_method_handler(alive)}


@dataclass
class LittleWeaviate(weaviate_pb2_grpc.WeaviateServicer):
    """A server with one node and no disk."""

    schema: LittleSchema = field(default_factory=LittleSchema)
    objects: dict[str, dict[str, Kept]] = field(default_factory=dict)
    searches: list[search_get_pb2.SearchRequest] = field(default_factory=list)
    counts: list[aggregate_pb2.AggregateRequest] = field(default_factory=list)
    deletes: list[batch_delete_pb2.BatchDeleteRequest] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # chunks it does not take
    deletes_nothing: bool = False
    unfiltered: set[str] = field(default_factory=set)  # objects that no filter finds, as after a kill
    unheard: set[str] = field(default_factory=set)  # objects that no word finds
    hold: float = 0.0  # seconds before it answers a search
    grpc_port: int = 0

    def __post_init__(self) -> None:
        self.schema.forget = self._forget
        self.schema.holds = lambda name, uuid: uuid in self.objects.get(name, {})

    @property
    def url(self) -> str:
        """Where its HTTP door is."""
        return f"http://127.0.0.1:{self.schema.port}"

    async def Search(self, request: search_get_pb2.SearchRequest, context: Any) -> Any:  # noqa: N802
        """Find by meaning, by words, or by nothing but a filter and a cursor."""
        self.searches.append(request)
        await asyncio.sleep(self.hold)
        known = sorted((await self._class(request.collection, context)).values(), key=lambda kept: kept.uuid)
        among = let_through(request.filters, self._reached(request.filters, known))
        if request.HasField("near_vector"):
            given = request.near_vector.vector_bytes or request.near_vector.vectors[0].vector_bytes
            scored = sorted(((1 - _cosine(np.frombuffer(given, "<f4"), kept.vector), kept) for kept in among), key=_key)
            answers = [_answer(kept, request, distance=far) for far, kept in scored]
        elif request.HasField("bm25_search"):
            scores = _by_words(request.bm25_search.query, known)
            scored = sorted(((-scores[kept.uuid], kept) for kept in among), key=_key)
            words = request.bm25_search.query.split()
            answers = [
                _answer(kept, request, score=-score, explain_score=_explained(words, kept))
                for score, kept in scored
                if score and kept.uuid not in self.unheard
            ]
        else:
            answers = [_answer(kept, request) for kept in among if kept.uuid > request.after]
        return search_get_pb2.SearchReply(results=answers[: request.limit])

    async def BatchObjects(self, request: batch_pb2.BatchObjectsRequest, context: Any) -> Any:  # noqa: N802
        """Take objects, except those it was told to refuse."""
        self.batches.append(len(request.objects))
        refused = []
        for place, given in enumerate(request.objects):
            told = dict(given.properties.non_ref_properties.items())
            if told["chunk_id"] in self.refused:
                refused.append(batch_pb2.BatchObjectsReply.BatchError(index=place, error="no room"))
                continue
            vector = np.frombuffer(given.vector_bytes or given.vectors[0].vector_bytes, "<f4")
            (await self._class(given.collection, context))[given.uuid] = Kept(
                given.uuid, told, vector, Counter(told["words"].split())
            )
        return batch_pb2.BatchObjectsReply(errors=refused)

    async def BatchDelete(self, request: batch_delete_pb2.BatchDeleteRequest, context: Any) -> Any:  # noqa: N802
        """Delete what matches, but not more than so many at once."""
        self.deletes.append(request)
        kept = await self._class(request.collection, context)
        matching = let_through(request.filters, self._reached(request.filters, kept.values()))
        gone = [] if self.deletes_nothing else matching[:MOST_DELETED]
        for each in gone:
            del kept[each.uuid]
        return batch_delete_pb2.BatchDeleteReply(matches=len(matching), successful=len(gone))

    async def Aggregate(self, request: aggregate_pb2.AggregateRequest, context: Any) -> Any:  # noqa: N802
        """Count chunks and their words."""
        self.counts.append(request)
        known = (await self._class(request.collection, context)).values()
        kept = let_through(request.filters, self._reached(request.filters, known))
        lengths = aggregate_pb2.AggregateReply.Aggregations.Aggregation.Integer(
            sum=int(sum(each.told["length"] for each in kept))
        )
        told = aggregate_pb2.AggregateReply.Aggregations.Aggregation(property="length", int=lengths)
        single = aggregate_pb2.AggregateReply.Single(
            objects_count=len(kept), aggregations=aggregate_pb2.AggregateReply.Aggregations(aggregations=[told])
        )
        return aggregate_pb2.AggregateReply(single_result=single)

    def _reached(self, asked: base_pb2.Filters, among: Iterable[Kept]) -> list[Kept]:
        return [kept for kept in among if not asked.operator or kept.uuid not in self.unfiltered]

    def _forget(self, name: str, uuid: str) -> bool:
        self.unfiltered.discard(uuid)
        self.unheard.discard(uuid)
        return self.objects.get(name, {}).pop(uuid, None) is not None

    async def _class(self, name: str, context: Any) -> dict[str, Kept]:
        for gone in self.objects.keys() - self.schema.classes.keys():
            del self.objects[gone]
        if name not in self.schema.classes:
            await context.abort(grpc.StatusCode.UNKNOWN, f"could not find class {name} in schema")
        return self.objects.setdefault(name, {})


@contextmanager
def waiting() -> Iterator[LittleWeaviate]:
    """One that does not run, but whose ports nobody else gets."""
    with kept_port() as http_port, kept_port() as grpc_port:
        yield LittleWeaviate(LittleSchema(port=http_port), grpc_port=grpc_port)


@asynccontextmanager
async def little_weaviate(known: LittleWeaviate | None = None) -> AsyncIterator[LittleWeaviate]:
    """Run one until the block ends, at the ports it has, with what it kept."""
    little = known or LittleWeaviate()
    server = grpc.aio.server()
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(little, server)  # type: ignore[no-untyped-call]
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("grpc.health.v1.Health", HEALTH)])
    little.grpc_port = server.add_insecure_port(f"127.0.0.1:{little.grpc_port}")
    await server.start()
    try:
        async with little.schema.running():
            yield little
    finally:
        await server.stop(None)


def _by_words(query: str, known: Sequence[Kept]) -> dict[str, float]:
    """How much of a query each says: words that are rare in all that is known count for more."""
    asked = set(query.split())
    holders = Counter(word for kept in known for word in asked & kept.words.keys())
    rarity = {word: log(1 + len(known) / count) for word, count in holders.items()}
    return {
        kept.uuid: sum(kept.words[word] * rare for word, rare in rarity.items()) / (1 + kept.told["length"])
        for kept in known
    }


def _explained(words: Sequence[str], kept: Kept) -> str:
    held = kept.words
    return "".join(f", BM25F_{word}_propLength:9, BM25F_{word}_frequency:{held[word]}" for word in words if held[word])


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def _key(scored: tuple[float, Kept]) -> tuple[float, str]:
    return scored[0], scored[1].uuid


def _answer(kept: Kept, request: search_get_pb2.SearchRequest, **told: Any) -> search_get_pb2.SearchResult:
    """An object as it goes over the wire: what was asked for of it, and nothing more."""
    asked = request.properties.non_ref_properties
    fields = {name: _value(kept.told[name]) for name in asked}
    metadata: dict[str, Any] = {"id": kept.uuid, "id_as_bytes": UUID(kept.uuid).bytes}
    metadata |= told | {f"{name}_present": True for name in told}
    if request.metadata.vector:
        metadata["vectors"] = [base_pb2.Vectors(name="default", vector_bytes=kept.vector.tobytes())]
    return search_get_pb2.SearchResult(
        metadata=search_get_pb2.MetadataResult(**metadata),
        properties=search_get_pb2.PropertiesResult(non_ref_props=properties_pb2.Properties(fields=fields)),
    )


def _value(told: Any) -> properties_pb2.Value:
    return properties_pb2.Value(text_value=told) if isinstance(told, str) else properties_pb2.Value(int_value=int(told))
