"""Knowing, pipeline: all that an edition says of things, kept in the graph store in the layer of one extraction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from sqlalchemy import Table, bindparam, select, update

from app.db.tenancy import Reach
from app.db.writer import Writing
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.chunks import Passage
from indexing.editions.tables import ChunkRow, Edition
from indexing.graphs.asking import asking_graphs
from indexing.graphs.layers import layer_of
from indexing.graphs.readings import GraphReading, note_reading
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.faults import GraphPoint, reached
from indexing.pipeline.graph_links import Linking
from indexing.pipeline.graph_model import reads
from indexing.pipeline.graph_reading import ChunkReading
from indexing.pipeline.graph_room import GraphRoom
from indexing.pipeline.metered import MeteredModel
from indexing.pipeline.steps import Steps
from indexing.pipeline.workshop import Workshop
from indexing.stores.graphs import Source, Statement
from indexing.stores.vectors import Index

_AT_ONCE = 64  # chunks
_ABOUT = "Graph: "  # begins the warnings that are written here


@dataclass(frozen=True, slots=True)
class Graphed:
    """An edition of which everything an extraction reads out of it is in the graph store."""

    edition: Edition
    graph_generation: int
    said: int  # mentions and assertions
    unread: int = 0  # chunks that no model could read
    without_room: int = 0  # chunks that say more than the collection's graph has room for

    @property
    def left_out(self) -> int:
        """How many chunks are not in the graph, or not whole."""
        return self.unread + self.without_room

    def seal(self, writing: Writing) -> None:
        """Say so for good; whoever had it read does it in the transaction in which that counts."""
        of = {name: getattr(self.edition, name) for name in ("tenant_id", "document_id", "collection_id")}
        read = {"graph_generation": self.graph_generation, "said": self.said, "left_out": self.left_out}
        note_reading(writing.on, GraphReading(edition_id=self.edition.id, read_at=writing.at, **of, **read))
        self._warn(writing)

    def _warn(self, writing: Writing) -> None:
        held = writing.on.execute(_WARNINGS, {"its_id": self.edition.document_id}).scalar_one_or_none()
        warnings = [one for one in held or [] if not one.startswith(_ABOUT)] + self._warnings()
        if held is not None and warnings != held:
            writing.on.execute(_WARNING, {"its_id": self.edition.document_id, "warnings": warnings})

    def _warnings(self) -> list[str]:
        said = []
        if self.unread:
            said.append(f"{_ABOUT}{self.unread} chunks are left out; the model's answers for them could not be read.")
        if self.without_room:
            said.append(
                f"{_ABOUT}{self.without_room} chunks are left out or cut short; the collection's graph has reached"
                " graph_max_nodes or graph_max_edges."
            )
        return said


_DOCUMENTS = cast("Table", Document.__table__)
_WARNINGS = select(_DOCUMENTS.c.warnings).where(_DOCUMENTS.c.id == bindparam("its_id"))
_WARNING = update(_DOCUMENTS).where(_DOCUMENTS.c.id == bindparam("its_id")).values(changes=_DOCUMENTS.c.changes + 1)


async def build_statements(
    workshop: Workshop, content: Content, recipe: Recipe, steps: Steps, edition: Edition, graph_generation: int
) -> Graphed | None:
    """Read an edition and keep what it says in the layer of an extraction; called again it pays for nothing again.

    None if its collection keeps no graph any more. Raises what models and stores raise, and what `steps` raise once it
    is not wanted any more.
    """
    if recipe.graph_model is None:
        return Graphed(edition, graph_generation, 0)
    progress = _Progress(steps, edition.chunk_count)
    reader = await reads(workshop, content, recipe.graph_model)
    reading = ChunkReading(workshop, edition, reader, graph_generation, recipe.read_since, progress.more)
    room = GraphRoom(workshop.graphs, recipe, layer_of(edition.generation, graph_generation))
    linking = Linking(workshop.graphs, recipe.index, room.layer, MeteredModel(workshop, content, recipe))
    graphing = _Graphing(workshop, edition, reading, room, linking)
    try:
        while chunks := await graphing.next():
            await graphing.keep(chunks)
            await workshop.writer.write(partial(progress.reach, graphing.done))
        await linking.rest()
    finally:
        await _take_back(workshop, recipe.index, edition.id)
    if not graphing.is_wanted:
        return None
    reached(GraphPoint.KEPT)
    unread, without_room = graphing.unread, graphing.without_room
    return Graphed(edition, graph_generation, graphing.said, unread=unread, without_room=without_room)


async def _take_back(workshop: Workshop, graph: Index, edition_id: str) -> None:
    """Take out of the store again what came after its edition was taken away, or the graph switched off.

    Whoever does that looks once more afterwards too, so whichever of the two is last finds what is left: nobody is
    told what stands in an edition that is gone.
    """
    wanted = select(Edition.id).join(Collection, Collection.id == Edition.collection_id)
    async with workshop.transactions.open(Reach.one(graph.tenant_id), writes=False) as transaction:
        there = await transaction.session.scalar(wanted.where(Edition.id == edition_id, Collection.graph_enabled))
    if there is None:
        with asking_graphs():
            await workshop.graphs.remove_editions(graph, [edition_id])


@dataclass(slots=True)
class _Progress:
    """How many chunks of an edition have been read."""

    steps: Steps
    of: int
    done: int = 0

    def more(self, writing: Writing, count: int) -> None:
        """Some more."""
        self.reach(min(self.done + count, self.of), writing)

    def reach(self, done: int, writing: Writing) -> None:
        """So many."""
        self.steps.reading(writing, done, self.of)
        self.done = done


@dataclass(slots=True)
class _Graphing:
    """The statements of one edition, a slice of its chunks at a time."""

    workshop: Workshop
    edition: Edition
    reading: ChunkReading
    room: GraphRoom
    linking: Linking
    done: int = field(default=0, init=False)
    said: int = field(default=0, init=False)
    unread: int = field(default=0, init=False)
    without_room: int = field(default=0, init=False)
    is_wanted: bool = field(default=True, init=False)
    _last: int = field(default=-1, init=False)

    async def next(self) -> Sequence[Passage]:
        """The next chunks; none once the collection keeps no graph any more: nobody pays for it to the end."""
        columns = (ChunkRow.id, ChunkRow.chunk_index, ChunkRow.content, ChunkRow.tokens, ChunkRow.digest)
        wanted = select(*columns).where(ChunkRow.edition_id == self.edition.id, ChunkRow.chunk_index > self._last)
        async with self.workshop.transactions.open(Reach.one(self.edition.tenant_id), writes=False) as transaction:
            keeps_one = select(Collection.graph_enabled).where(Collection.id == self.edition.collection_id)
            self.is_wanted = bool(await transaction.session.scalar(keeps_one))
            if not self.is_wanted:
                return ()
            some = await transaction.session.execute(wanted.order_by(ChunkRow.chunk_index).limit(_AT_ONCE))
            return [Passage(*row) for row in some]

    async def keep(self, chunks: Sequence[Passage]) -> None:
        """Read chunks and keep what they say; nobody pays for what there would be no room for."""
        is_full = await self.room.is_full()
        facts = await self.reading.facts(chunks, may_pay=not is_full)
        statements = []
        for chunk in chunks:
            found = facts[chunk.digest]
            if found is None:
                self.unread, self.without_room = self.unread + (not is_full), self.without_room + is_full
                continue
            statements.append(found.by(Source(self.edition.document_id, chunk.id, self.edition.id)))
        await self.linking.before(statements)
        kept, cut = await self.room.put(statements)
        reached(GraphPoint.PUT)
        await self.linking.after()
        self.without_room += cut
        self.said += sum(map(_said, kept))
        self.done, self._last = self.done + len(chunks), chunks[-1].index


def _said(statement: Statement) -> int:
    return len(statement.mentions) + len(statement.assertions)
