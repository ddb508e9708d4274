"""Knowing, pipeline: an edition built from a content and a recipe, for whoever wants one; it answers when switched."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.tenancy import Reach
from app.db.writer import Writing
from indexing.editions.building import find_edition, new_edition, note_ready
from indexing.editions.chunks import mark_all_stored, stored_count
from indexing.editions.tables import READY, Edition
from indexing.errors import StoreUnavailable
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.cutting import Cutting
from indexing.pipeline.embedding import Embedding
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.metered import MeteredModel
from indexing.pipeline.room import Share
from indexing.pipeline.steps import Steps
from indexing.pipeline.texts import Texts
from indexing.pipeline.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Built:
    """An edition with all its chunks, each with its vector in the store."""

    edition_id: str
    chunk_count: int
    generation: int

    def seal(self, writing: Writing) -> None:
        """Say so for good; whoever had it built does it in the transaction in which that counts."""
        mark_all_stored(writing.on, self.edition_id)
        if not note_ready(writing.on, self.edition_id):
            raise StoreUnavailable("What was built of the document was taken away meanwhile; it is built anew.")


async def build_edition(
    workshop: Workshop, content: Content, recipe: Recipe, steps: Steps, *, text: ExtractedText | None = None
) -> Built:
    """Build the edition of a content in the recipe's generation, beside whatever answers now.

    What is there of it already is kept, so that it can be called again after any failure or sudden end: a half-cut
    edition is cut anew, a half-embedded one embedded to the end. `text` spares looking up the kept one; without
    either the file is read again. Raises what models and stores raise, errors of the file, and what `steps` raise.
    """
    begun = Begun(await _find(workshop, content, recipe), text)
    async with workshop.room.share(0 if text or begun.is_cut else content.size_bytes) as share:
        if not (text or begun.is_cut):
            begun.text, begun.share = await _text(workshop, content), share
            share.becomes(len(begun.text.text))
        return await go_on_building(workshop, content, recipe, steps, begun)


@dataclass(slots=True)
class Begun:
    """What there is of an edition before it is built."""

    edition: Edition | None
    text: ExtractedText | None = None  # needed unless it is cut, and let go of as soon as it is
    share: Share | None = None  # which the text has of the room for texts
    first: bool = False  # whether no other edition of the document has ever been begun

    @property
    def is_cut(self) -> bool:
        """Whether all its chunks have their rows."""
        return self.edition is not None and self.edition.chunk_count > 0

    def let_go(self) -> None:
        """Hold its text no longer: what is left to do may take hours."""
        self.text = None
        if self.share is not None:
            self.share.leave()


async def go_on_building(workshop: Workshop, content: Content, recipe: Recipe, steps: Steps, begun: Begun) -> Built:
    """Build an edition from what there is of it."""
    edition, model = begun.edition, MeteredModel(workshop, content, recipe)
    if edition is not None and edition.state == READY:
        return Built(edition.id, edition.chunk_count, edition.generation)
    embedding = Embedding(workshop, content, recipe, steps, model, first=begun.first and edition is None)
    is_cut = begun.is_cut
    if edition is not None and is_cut:
        embedding.of, embedding.done = edition.chunk_count, await _go_on(workshop, edition, steps)
    else:
        cutting = Cutting(workshop, recipe, model, steps)
        edition, known = edition or _new(workshop, content, recipe), edition is not None
        cut = await cutting.cut(edition, begun.text or await _text(workshop, content), begun=known)
        begun.let_go()
        embedding.of, embedding.at_hand = cut.count, cut.passages
    if embedding.done < embedding.of:
        await workshop.vectors.answers()  # nobody pays for vectors that cannot be kept
        await embedding.run(edition.id, resumed=is_cut)
    reached(Point.BUILT)
    return Built(edition.id, embedding.of, edition.generation)


async def _find(workshop: Workshop, content: Content, recipe: Recipe) -> Edition | None:
    async with workshop.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
        return await find_edition(
            transaction.session,
            content.document_id,
            generation=recipe.generation,
            content_version=content.version,
        )


def _new(workshop: Workshop, content: Content, recipe: Recipe) -> Edition:
    made = {"generation": recipe.generation, "content_version": content.version}
    at = workshop.transactions.clock.now()
    return new_edition(content.tenant_id, content.document_id, content.collection_id, at=at, **made)


async def _go_on(workshop: Workshop, edition: Edition, steps: Steps) -> int:
    def go_on(writing: Writing) -> int:
        done = stored_count(writing.on, edition.id)
        steps.embedding(writing, done, edition.chunk_count)
        return done

    return await workshop.writer.write(go_on)


async def _text(workshop: Workshop, content: Content) -> ExtractedText:
    texts = Texts(workshop.blobs, workshop.extractor)
    return (await texts.kept(content) or await texts.read(content)).text
