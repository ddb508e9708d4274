"""Answering, strategies: the documents and graphs of an assistant's collections, read on as one caller.

A document that is in none of them, that is deleted or that the caller may not read is not there, in the same words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from acl.access import Access
from acl.visible import Visible
from app.db.tenancy import Reach, TenantSession
from app.errors import NotFound
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from indexing.maintenance.generations import following
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import Index
from rag.graphs.answers import ContextAnswer
from rag.graphs.facts import EdgeSeen, NodeSeen
from rag.graphs.reading import GraphReading
from rag.personas.values import Source, SourceType
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import Passage, passages, rows_of
from rag.retrieval.question import Question
from rag.sources.gathered import Piece, WrittenFact
from rag.strategies.fusing import key_of
from rag.strategies.strategy import Fact, Page

_SPEAKING = 2  # documents out of which a relation is told
_DEPTH = 1
_GRAPH = "Knowledge graph"  # the name of what stands in no document


@dataclass(frozen=True, slots=True)
class CollectionShelf:
    """Reads what is in the collections among some sources; of shares there is only what a search finds."""

    access: Access
    onlooker: Onlooker
    graphs: GraphStore
    sources: Sequence[Source]
    is_open: Callable[[], Awaitable[bool]]  # whether collections are read at all
    ahead: Mapping[str, int] = field(default_factory=dict)  # generations of collections that are built and held

    async def document(self, document_id: str, start: int, most: int) -> Page | None:
        """Passages of a document from a place on, as it is answered from now."""
        found = await self._place(document_id, start, most) if await self.is_open() else None
        if found is None:
            return None
        pieces = await self._seen(found.source, [id_ for id_, _ in found.chunks[:most]])
        if not pieces:
            return None
        return Page(pieces, found.chunks[most][1] if len(found.chunks) > most else None)

    async def facts(self, text: str, most: int) -> Sequence[Fact] | None:
        """Relations of what a text names, each out of documents that the caller may read."""
        sources = await self._with_graphs() if await self.is_open() else []
        if not sources:
            return None
        reading = GraphReading(self.access, self.onlooker, self.graphs, _by_names_alone, self.ahead)
        found: list[Fact] = []
        for source in sources:
            try:
                answer = await reading.context(source.place_id, text, top_k=most, depth=_DEPTH)
            except NotFound:
                continue
            found += await self._facts(source, sentences(answer)[: most - len(found)])
        return found

    async def _place(self, document_id: str, start: int, most: int) -> _Place | None:
        """Where the passages are that are wanted, and one more."""
        async with self.onlooker.transactions.open(Reach.one(self.onlooker.tenant_id), writes=False) as transaction:
            wanted = select(Document).where(Document.id == document_id, Document.deleted_at.is_(None))
            row = (await transaction.session.scalars(wanted)).one_or_none()
            source = None if row is None else self._collections.get(row.collection_id)
            if row is None or source is None:
                return None
            edition = await self._edition(transaction.session, row)
            chunks = select(ChunkRow.id, ChunkRow.chunk_index).where(
                ChunkRow.edition_id == edition, ChunkRow.chunk_index >= start
            )
            chunks = chunks.order_by(ChunkRow.chunk_index).limit(most + 1)
            return _Place(source, [(id_, index) for id_, index in await transaction.session.execute(chunks)])

    async def _edition(self, session: TenantSession, row: Document) -> str | None:
        ahead = self.ahead.get(row.collection_id)
        return row.edition_id if ahead is None else await following(session, row, ahead)

    async def _seen(self, source: Source, chunk_ids: Sequence[str]) -> list[Piece]:
        """Those of some passages that the caller may read, in this order; they have no score of their own."""
        index, ahead = Index(self.onlooker.tenant_id, source.place_id, ""), self.ahead.get(source.place_id)
        rows = await self.onlooker.transactions.look(lambda on: rows_of(on, index, chunk_ids, ahead=ahead))
        found = passages(rows, [(id_, 0.0) for id_ in chunk_ids], "")
        return [Piece(source, seen, 0.0) for seen in await self.onlooker.sees(found)]

    async def _facts(self, source: Source, told: Sequence[Sentence]) -> list[Fact]:
        wanted = dict.fromkeys(chunk_id for one in told for chunk_id in one.chunk_ids)
        pieces = {key_of(piece): piece for piece in await self._seen(source, list(wanted))} if wanted else {}
        return [
            Fact(one.said, [pieces[id_] for id_ in one.chunk_ids] or [_written(source, one)])
            for one in told
            if all(id_ in pieces for id_ in one.chunk_ids)
        ]

    async def _with_graphs(self) -> list[Source]:
        async with self.onlooker.transactions.open(Reach.one(self.onlooker.tenant_id), writes=False) as transaction:
            wanted = select(Collection.id).where(Collection.id.in_(self._collections), Collection.graph_enabled)
            ids = set(await transaction.session.scalars(wanted))
        return [source for id_, source in self._collections.items() if id_ in ids]

    @property
    def _collections(self) -> dict[str, Source]:
        return {source.place_id: source for source in self.sources if source.kind is SourceType.COLLECTION}


@dataclass(frozen=True, slots=True)
class _Place:
    source: Source
    chunks: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A relation in words, made of nothing but documents of which these are passages, one of each; or by hand."""

    said: str
    chunk_ids: Sequence[str] = ()
    by_hand: tuple[Visible[NodeSeen] | Visible[EdgeSeen], ...] = ()


def sentences(answer: ContextAnswer) -> list[Sentence]:
    """The relations of an answer, each by the first few documents that tell it, or by who wrote it."""
    things = {seen.value.id: seen for seen in answer.nodes}
    names = {id_: seen.value for id_, seen in things.items()}
    told = (_sentence(seen.value, names) or _sentence_by_hand(seen, things) for seen in answer.edges)
    return [one for one in told if one is not None]


def _sentence_by_hand(edge: Visible[EdgeSeen], things: Mapping[str, Visible[NodeSeen]]) -> Sentence | None:
    """What somebody wrote, between things by the names that the caller sees."""
    source, target = things.get(edge.value.source_id), things.get(edge.value.target_id)
    if not edge.value.is_manual or source is None or target is None:
        return None
    return Sentence(_said(source.value.name, edge.value.type, target.value.name), by_hand=(edge, source, target))


def _said(source: str, type_: str, target: str) -> str:
    return f"{source} {type_.lower().replace('_', ' ')} {target}."


def _written(source: Source, told: Sentence) -> Piece:
    return Piece(source, WrittenFact(_GRAPH, told.said, 0.0, made_of=told.by_hand), 0.0)


def _sentence(edge: EdgeSeen, names: Mapping[str, NodeSeen]) -> Sentence | None:
    documents = frozenset(edge.documents[:_SPEAKING])
    ends = [names.get(edge.source_id), names.get(edge.target_id)]
    by_them = [end.supported_by(documents, by_hand=False).name for end in ends if end and end.document_ids & documents]
    if not documents or len(by_them) < len(ends):
        return None
    told = edge.supported_by(documents, by_hand=False)
    chunks = {held.source.document_id: held.source.chunk_id for held in reversed(told.evidence)}
    return Sentence(_said(by_them[0], told.type, by_them[1]), list(chunks.values()))


async def _by_names_alone(_collection_id: str, _question: Question) -> Sequence[Visible[Passage]]:
    """No passages: what is looked up is what a text names."""
    return ()
