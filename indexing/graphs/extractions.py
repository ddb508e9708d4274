"""Knowing, graphs: what was read out of the texts of a document, and how often one was tried in vain."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, exists, select
from sqlalchemy.orm import aliased

from app.db.bulk import batches
from app.db.tenancy import TenantSession
from app.db.upsert import insert_or_change, replaced
from app.db.writer import Writing
from app.ids import reckoned_id
from indexing.collections.tables import Collection as Forked
from indexing.editions.tables import ChunkRow, Edition
from indexing.graphs.facts import Facts
from indexing.graphs.tables import GraphExtraction

MOST_TRIES = 3  # of a text whose answers cannot be read
_EXTRACTIONS = cast("Table", GraphExtraction.__table__)
_LONGEST_ERROR = 500
_UNCHECKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one graph generation is read: by a recipe, which is a model and what it is asked."""

    recipe: str
    graph_generation: int
    since: datetime | None = None  # what was read before that is read anew


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one text so far: its facts, or how often it was tried in vain."""

    facts: Facts | None = None
    tries: int = 0
    error: str | None = None

    @property
    def is_left_out(self) -> bool:
        """Whether it is not tried any more."""
        return self.facts is None and self.tries >= MOST_TRIES


async def read_before(
    session: TenantSession, document_id: str, reading: Reading, digests: Collection[str]
) -> dict[str, Read]:
    """By digest, what was paid for since then, and what was tried in vain for this generation or a later one."""
    found: dict[str, Read] = {}
    for some in batches(digests):
        ids = [extraction_id(document_id, digest, reading.recipe) for digest in some]
        for row in await session.scalars(select(GraphExtraction).where(GraphExtraction.id.in_(ids))):
            if row.facts is not None and (reading.since is None or row.read_at >= reading.since):
                found[row.digest] = Read(Facts.of(row.facts), row.tries)
            elif row.facts is None and row.graph_generation >= reading.graph_generation:
                found[row.digest] = Read(None, row.tries, row.error)
    return found


async def read_by_original(
    session: TenantSession, edition: Edition, reading: Reading, digests: Collection[str]
) -> dict[str, Read]:
    """By digest, what was paid for in the collection that a fork was made of, of texts that were never read here."""
    found: dict[str, Read] = {}
    original = select(Forked.forked_from).where(Forked.id == edition.collection_id).scalar_subquery()
    for some in batches(digests):
        ids = [extraction_id(edition.document_id, digest, reading.recipe) for digest in some]
        read_here = select(GraphExtraction.digest).where(GraphExtraction.id.in_(ids))
        wanted = select(GraphExtraction.digest, GraphExtraction.facts).where(
            GraphExtraction.collection_id == original,
            GraphExtraction.digest.in_(some),
            GraphExtraction.digest.not_in(read_here),
            GraphExtraction.recipe == reading.recipe,
            GraphExtraction.facts.is_not(None),
        )
        found |= {digest: Read(Facts.of(facts)) for digest, facts in await session.execute(wanted)}
    return found


def note_read(writing: Writing, edition: Edition, digest: str, reading: Reading, read: Read) -> None:
    """Note what came of one text; it takes the place of what came of it in earlier generations."""
    row: dict[str, Any] = {
        "id": extraction_id(edition.document_id, digest, reading.recipe),
        "tenant_id": edition.tenant_id,
        "document_id": edition.document_id,
        "collection_id": edition.collection_id,
        "digest": digest,
        "recipe": reading.recipe,
        "facts": read.facts.kept() if read.facts is not None else None,
        "tries": read.tries,
        "graph_generation": reading.graph_generation,
        "error": read.error[:_LONGEST_ERROR] if read.error else None,
        "read_at": writing.at,
    }
    changed = ("facts", "tries", "graph_generation", "error", "read_at")
    insert_or_change(writing.on, _EXTRACTIONS, [row], dict.fromkeys(changed, replaced))


async def forget_unsaid(session: TenantSession, edition_id: str) -> None:
    """Forget what was read out of texts that no chunk of an edition's document says any more."""
    chunk = aliased(ChunkRow)
    document_id = select(Edition.document_id).where(Edition.id == edition_id).scalar_subquery()
    said = exists().where(chunk.document_id == GraphExtraction.document_id, chunk.digest == GraphExtraction.digest)
    gone = delete(GraphExtraction).where(GraphExtraction.document_id == document_id, ~said)
    await session.execute(gone, execution_options=_UNCHECKED)


def extraction_id(document_id: str, digest: str, recipe: str) -> str:
    """The id of what a recipe read out of a text of a document."""
    return reckoned_id("gex", document_id, digest, recipe)
