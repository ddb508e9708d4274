"""Answering, graphs: what of a graph one caller may be answered from at one moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from acl.access import Access
from app.db.bulk import batches
from app.db.tenancy import Reach, TenantSession
from indexing.documents.tables import Document
from indexing.editions.tables import Edition
from indexing.graphs.edits import NOTHING_DONE, Curation, curation
from indexing.stores.graphs import GraphScope, GraphStore, Source
from indexing.stores.vectors import DocumentFilter, Index
from rag.graphs.components import GraphInScope
from rag.graphs.curated import CuratedStore
from rag.retrieval.ground import Ground, ground_for
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question import Question

_EVERYTHING = Question("")


@dataclass(frozen=True, slots=True)
class GraphGround:
    """The graph of a collection, and what of it is asked about."""

    index: Index
    scope: GraphScope
    curation: Curation = NOTHING_DONE

    def is_moved(self, now: GraphGround, sources: Iterable[Source]) -> bool:
        """Whether what was read of these sources is not what would be read now: other editions answer."""
        if self.scope.layer != now.scope.layer or self.scope.without - now.scope.without:
            return True
        return bool(now.scope.without) and any(source.edition_id in now.scope.without for source in sources)


async def graph_ground(
    onlooker: Onlooker, access: Access, collection_id: str, *, ahead: int | None = None
) -> GraphGround:
    """All of a graph that its caller may be answered from; a collection they may not read is not there."""
    return await graph_on(onlooker, await ground_for(onlooker, access, collection_id, _EVERYTHING, ahead=ahead))


async def graph_on(onlooker: Onlooker, ground: Ground) -> GraphGround:
    """The graph of what a question is put to."""
    collection_id, documents = ground.index.collection_id, ground.documents
    async with onlooker.transactions.open(Reach.one(onlooker.tenant_id), writes=False) as transaction:
        if not documents.all_except:
            documents = DocumentFilter(all_except=False, ids=await _there(transaction.session, documents.ids))
        without = await _not_answering(transaction.session, collection_id, ground)
        done = await curation(transaction.session, collection_id)
    return GraphGround(ground.index, GraphScope(ground.layer, documents, without), done)


def mark_of(ground: GraphGround) -> str:
    """The same for the same scope of the same graph, and another for every other one."""
    scope = ground.scope
    said = [ground.index.collection_id, scope.layer, str(scope.documents.all_except)]
    said += ["", *sorted(scope.documents.ids), "", *sorted(scope.without)]
    done = ground.curation
    for taken in (done.removed, done.amended, done.removed_ties, done.amended_ties):
        said += ["", *sorted(map(str, taken))]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def in_scope(store: GraphStore, ground: GraphGround) -> GraphInScope:
    """The graph as it is asked: as its store has it, less what people took out of it."""
    curated = store if ground.curation.is_nothing else CuratedStore(store, ground.curation)
    return GraphInScope(curated, ground.index, ground.scope)


async def _there(session: TenantSession, document_ids: frozenset[str]) -> frozenset[str]:
    """Those of some documents that are not deleted: a question may name one that is, and is not erased yet."""
    found: set[str] = set()
    for some in batches(sorted(document_ids)):
        wanted = select(Document.id).where(Document.id.in_(some), Document.deleted_at.is_(None))
        found.update(await session.scalars(wanted))
    return frozenset(found)


async def _not_answering(session: TenantSession, collection_id: str, ground: Ground) -> frozenset[str]:
    answering = select(Document.id).where(Document.edition_id == Edition.id).exists()
    if ground.ahead is not None:
        present = aliased(Edition)
        same = (present.document_id == Edition.document_id, present.content_version == Edition.content_version)
        answering = select(Document.id).join(present, Document.edition_id == present.id).where(*same).exists()
    wanted = select(Edition.id).where(
        Edition.collection_id == collection_id, Edition.generation == ground.generation, ~answering
    )
    return frozenset(await session.scalars(wanted))
