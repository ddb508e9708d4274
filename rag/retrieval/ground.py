"""Answering: which part of a collection a question is put to, for one caller at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from acl.access import Access
from acl.plan import AccessPlan, plan_access
from acl.resolver import deciding
from app.db.tenancy import TenantSession
from app.identity.caller import Caller
from indexing.collections.access import require_access
from indexing.documents.tables import Document
from indexing.stores.vectors import DocumentFilter, Index
from rag.retrieval.question import Question

_MANY = 1_000  # documents that a store is told to leave out: ten times as many take it a tenth of a second


@dataclass(frozen=True, slots=True)
class Ground:
    """The generation of a collection that answers, and its documents that are asked about."""

    index: Index
    model: str
    generation: int
    documents: DocumentFilter
    has_graph: bool

    @property
    def is_empty(self) -> bool:
        """Whether no document is asked about."""
        return not (self.documents.all_except or self.documents.ids)


async def ground_for(
    session: TenantSession, access: Access, caller: Caller, collection_id: str, question: Question
) -> Ground:
    """What of a collection its caller may be answered from; a collection they may not read is not there."""
    with deciding():
        resolver = access.resolver(session)
        collection = await require_access(resolver, caller, collection_id)
        plan = await plan_access(resolver, caller, collection_id)
        documents = await _asked_about(session, plan, question)
    index = Index(collection.tenant_id, collection.id, collection.index_name)
    return Ground(index, collection.embedding_model, collection.generation, documents, collection.graph_enabled)


async def _asked_about(session: TenantSession, plan: AccessPlan, question: Question) -> DocumentFilter:
    named = question.document_ids
    if question.details:
        fitting = await _described_so(session, plan.collection_id, question.details)
        named = fitting if named is None else named & fitting
    if named is not None:
        return DocumentFilter(all_except=False, ids=frozenset(filter(plan.admits, named)))
    if not plan.all_except:
        return DocumentFilter(all_except=False, ids=plan.document_ids)
    # What is deleted has no access list any more that would hide it, and is in the store until it is erased.
    hidden = plan.document_ids | await _deleted(session, plan.collection_id)
    shown = await _others(session, plan.collection_id, hidden) if len(hidden) > _MANY else frozenset()
    if 0 < len(shown) < len(hidden):
        return DocumentFilter(all_except=False, ids=shown)
    return DocumentFilter(all_except=True, ids=hidden)


async def _deleted(session: TenantSession, collection_id: str) -> frozenset[str]:
    wanted = select(Document.id).where(Document.collection_id == collection_id, Document.deleted_at.is_not(None))
    return frozenset(await session.scalars(wanted))


async def _others(session: TenantSession, collection_id: str, hidden: frozenset[str]) -> frozenset[str]:
    """The documents that are left of a collection, if they are fewer than those that are left out."""
    inside = Document.collection_id == collection_id
    count = await session.scalar(select(func.count()).select_from(Document).where(inside))
    if (count or 0) > 2 * len(hidden):
        return frozenset()
    return frozenset(await session.scalars(select(Document.id).where(inside))) - hidden


async def _described_so(session: TenantSession, collection_id: str, details: Mapping[str, Any]) -> frozenset[str]:
    """The documents whose metadata has all of these values; a list in it holds each of its own."""
    wanted = select(Document.id, Document.details).where(
        Document.collection_id == collection_id, Document.deleted_at.is_(None)
    )
    rows = await session.execute(wanted)
    return frozenset(id_ for id_, said in rows if all(_has(said.get(key), value) for key, value in details.items()))


def _has(said: Any, wanted: Any) -> bool:
    return any(_same(one, wanted) for one in said) if isinstance(said, list) else _same(said, wanted)


def _same(one: Any, other: Any) -> bool:
    """In JSON, true is not 1."""
    return bool(isinstance(one, bool) is isinstance(other, bool) and one == other)
