"""Knowing, pipeline: a document whose vectors the store has lost gets them again, while it goes on answering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import bindparam, select

from app.db.tenancy import Reach
from app.db.writer import Writing
from indexing.collections.tables import Collection
from indexing.documents.status import RunLost
from indexing.documents.tables import Document
from indexing.editions.chunks import chunk_ids_after, mark_stored
from indexing.editions.tables import Edition
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.embedding import Embedding
from indexing.pipeline.metered import MeteredModel
from indexing.pipeline.workshop import Workshop


async def heal(workshop: Workshop, tenant_id: str, document_id: str) -> int:
    """Put back what the store lacks of the edition that answers; says how many chunks. Raises what ingesting raises."""
    reach = Reach.one(tenant_id)
    async with workshop.transactions.open(reach, writes=False) as transaction:
        wanted = (
            select(Document, Collection, Edition)
            .join(Collection, Collection.id == Document.collection_id)
            .join(Edition, Edition.id == Document.edition_id)
            .where(Document.id == document_id, Document.deleted_at.is_(None), Collection.deleted_at.is_(None))
        )
        found = (await transaction.session.execute(wanted)).one_or_none()
    if found is None:
        return 0
    document, collection, edition = found
    recipe = replace(Recipe.of(collection), generation=edition.generation)
    steps = StillAnswering(document_id, edition.id)
    lost = await _note_lost(workshop, recipe, edition.id, steps)
    if lost:
        content = Content.of(document)
        model = MeteredModel(workshop, content, recipe)
        embedding = Embedding(workshop, content, recipe, steps, model, of=lost, sealed=False)
        await embedding.run(edition.id, resumed=False)
    return lost


async def _note_lost(workshop: Workshop, recipe: Recipe, edition_id: str, steps: StillAnswering) -> int:
    lost, last = 0, ""
    while some := await _next(workshop, recipe, edition_id, last):
        last = some[-1]
        held = await workshop.vectors.vectors(recipe.index, some)
        if missing := [chunk_id for chunk_id in some if chunk_id not in held]:
            lost += len(missing)
            await workshop.writer.write(partial(_lose, steps=steps, chunk_ids=missing))
    return lost


async def _next(workshop: Workshop, recipe: Recipe, edition_id: str, after: str) -> Sequence[str]:
    async with workshop.transactions.open(Reach.one(recipe.index.tenant_id), writes=False) as transaction:
        return await chunk_ids_after(transaction.session, edition_id, after)


@dataclass(frozen=True, slots=True)
class StillAnswering:
    """There is no use in healing what has been replaced or deleted meanwhile."""

    document_id: str
    edition_id: str

    def embedding(self, writing: Writing, done: int, of: int) -> None:
        """Nothing is cut."""

    def reading(self, writing: Writing, done: int, of: int) -> None:
        """Call it off once another edition answers."""
        self.progress(writing, done, of)

    def progress(self, writing: Writing, done: int, of: int) -> None:
        """Call it off once another edition answers."""
        asked = {"its_id": self.document_id, "its_edition": self.edition_id}
        if writing.on.execute(_ANSWERS, asked).one_or_none() is None:
            raise RunLost(self.document_id)


_ANSWERS = select(Document.id).where(
    Document.id == bindparam("its_id"), Document.edition_id == bindparam("its_edition"), Document.deleted_at.is_(None)
)


def _lose(writing: Writing, steps: StillAnswering, chunk_ids: Sequence[str]) -> None:
    steps.progress(writing, 0, 0)
    mark_stored(writing.on, chunk_ids, stored=False)
