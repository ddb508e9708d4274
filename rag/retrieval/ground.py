"""Answering: which part of a collection a question is put to, for one caller at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select

from acl.access import Access
from acl.plan import plan_required
from acl.planned import AccessPlan
from acl.ref import ResourceRef
from acl.requiring import not_there
from acl.resolver import deciding
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.graphs.layers import layer_of
from indexing.stores.vectors import DocumentFilter, Index
from rag.retrieval.described import described_so
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question import Question


@dataclass(frozen=True, slots=True)
class Ground:
    """The generation of a collection that answers, and its documents that are asked about."""

    index: Index
    model: str
    generation: int
    documents: DocumentFilter
    has_graph: bool
    layer: str  # of its graph

    @property
    def is_empty(self) -> bool:
        """Whether no document is asked about."""
        return not (self.documents.all_except or self.documents.ids)


async def ground_for(onlooker: Onlooker, access: Access, collection_id: str, question: Question) -> Ground:
    """What of a collection its caller may be answered from; a collection they may not read is not there."""
    tenant_id, named = onlooker.tenant_id, question.document_ids
    with deciding():
        async with onlooker.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
            plan = await plan_required(access.resolver(transaction.session), onlooker.caller, collection_id)
            if question.details:
                fitting = await described_so(transaction.session, collection_id, question.details)
                named = fitting if named is None else named & fitting
        ground = await onlooker.transactions.look(lambda on: _ground(on, tenant_id, plan, named))
    if ground is None:
        raise not_there(ResourceRef.collection(collection_id))
    return ground


def _ground(on: Connection, tenant_id: str, plan: AccessPlan, named: frozenset[str] | None) -> Ground | None:
    of = {"its_tenant": tenant_id, "its_id": plan.collection_id}
    row = on.execute(_COLLECTION, of).one_or_none()
    if row is None:
        return None
    documents = _readable(on, of, plan)
    if named is not None:
        ids = named - documents.ids if documents.all_except else named & documents.ids
        documents = DocumentFilter(all_except=False, ids=ids)
    index = Index(tenant_id, plan.collection_id, row.index_name)
    layer = layer_of(row.generation, row.graph_generation)
    return Ground(index, row.embedding_model, row.generation, documents, row.graph_enabled, layer)


def _readable(on: Connection, of: Mapping[str, str], plan: AccessPlan) -> DocumentFilter:
    """What is deleted has no access list any more that would hide it, and is in the store until it is erased.

    It is looked for after the plan was made: what was deleted by then is in neither.
    """
    if not plan.all_except:
        return DocumentFilter(all_except=False, ids=plan.document_ids)
    deleted = on.execute(_DELETED, of).scalars().all()
    return DocumentFilter(all_except=True, ids=plan.document_ids.union(deleted) if deleted else plan.document_ids)


_C = cast("Table", Collection.__table__).c
_D = cast("Table", Document.__table__).c
_COLLECTION = select(_C.index_name, _C.embedding_model, _C.generation, _C.graph_enabled, _C.graph_generation).where(
    _C.id == bindparam("its_id"), _C.tenant_id == bindparam("its_tenant"), _C.deleted_at.is_(None)
)
_DELETED = select(_D.id).where(
    _D.collection_id == bindparam("its_id"), _D.tenant_id == bindparam("its_tenant"), _D.deleted_at.is_not(None)
)
