"""A collection of read documents that keeps a graph, and somebody who extracts that anew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held, Outcome
from indexing.collections.queries import get_for_tenant
from indexing.documents.tables import Document
from indexing.graphs.layers import layer_of
from indexing.graphs.readings import GraphReading
from indexing.maintenance.rebuilds import REEXTRACT, RebuildState
from indexing.maintenance.reextract import ReextractRun
from indexing.maintenance.reextracting import Reextracting
from indexing.stores.graphs import GraphScope, GraphStore, Wanted
from indexing.stores.vectors import DocumentFilter, Index
from tests.indexing.maintenance.conftest import DeafQueue, Press, hold_back

Known = dict[str, list[str]]
MODEL = "local/quote"


@dataclass(slots=True)
class Reader(Press):
    """Extracts the graph of the collection of a bench anew."""

    @property
    def graphs(self) -> GraphStore:
        return self.bench.workshop.graphs

    async def read_anew(self, deed: str = "start") -> None:
        """Start, or say that the graph was switched on or off."""
        async with self.bench.workshop.transactions.open(self.reach) as transaction:
            collection = await get_for_tenant(transaction.session, self.bench.papers.id, hold=True)
            assert collection is not None
            await getattr(Reextracting(transaction, DeafQueue(), collection), deed)()
            await hold_back(transaction, self.bench.papers.id)

    async def work(self, *, seconds: float = 120.0, lease: str | None = None) -> Outcome:
        """Do the job once."""
        job = (new_id("job"), self.bench.papers.tenant_id, JobKind.REEXTRACT_COLLECTION_GRAPH, self.bench.papers.id)
        held = Held(*job, lease or new_id("lse"), 1)
        return await ReextractRun(self.bench.workshop, seconds, at_once=1).run(held)

    async def how(self) -> RebuildState:
        """How it is getting on."""
        async with self.bench.workshop.transactions.open(self.reach, writes=False) as transaction:
            return await REEXTRACT.state(transaction.session, await self.collection())

    async def counted(self) -> tuple[str, int, int, int]:
        """What is shown of it."""
        row = await self.collection()
        counted = (row.graph_reextract_total, row.graph_reextract_processed, row.graph_reextract_failed)
        return row.graph_reextract_status, *counted

    async def layer(self) -> str:
        """The layer that answers."""
        row = await self.collection()
        return layer_of(row.generation, row.graph_generation)

    async def known(self, layer: str | None = None) -> Known:
        """What is known in a layer, or in the one that answers, by document: the keys of all it mentions."""
        row = await self.collection()
        places = (self.bench.papers.index, layer or await self.layer())
        async with self.bench.workshop.transactions.open(self.reach, writes=False) as transaction:
            documents = list(
                await transaction.session.scalars(select(Document).where(Document.collection_id == row.id))
            )
        return {one.id: await self._keys(*places, one.id) for one in documents if one.deleted_at is None}

    async def _keys(self, index: Index, layer: str, document_id: str) -> list[str]:
        scope = GraphScope(layer, DocumentFilter(all_except=False, ids=frozenset({document_id})))
        return await self.graphs.find(index, Wanted(), scope, limit=10_000)

    async def kept(self) -> set[tuple[str, str]]:
        """Every edition the store holds something of, with its layer."""
        return {one async for page in self.graphs.edition_ids(self.bench.papers.index) for one in page}

    async def require_one_layer(self) -> str:
        """Every document that answers is known in the layer that answers, and nothing else is kept anywhere."""
        row, layer = await self.collection(), await self.layer()
        async with self.bench.workshop.transactions.open(self.reach, writes=False) as transaction:
            session = transaction.session
            documents = (await session.scalars(select(Document).where(Document.collection_id == row.id))).all()
            readings = (await session.scalars(select(GraphReading).where(GraphReading.collection_id == row.id))).all()
        answering = {one.edition_id for one in documents if one.deleted_at is None and one.edition_id is not None}
        assert {(one.edition_id, one.graph_generation) for one in readings} == {
            (edition_id, row.graph_generation) for edition_id in answering
        }
        assert await self.kept() == {(edition_id, layer) for edition_id in answering}
        assert all((await self.known()).values())
        return layer
