"""Answering: which part of a collection a question is put to, for one caller at one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select

from acl.access import Access
from acl.errors import CollectionNotFound
from acl.plan import found_by_plan
from acl.planned import AccessPlan
from acl.resolver import Resolver, deciding
from app.db.asking import Asking
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.graphs.layers import layer_of
from indexing.maintenance.errors import GenerationGone
from indexing.maintenance.tables import CANCEL, Rechunk
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
    ahead: int | None = None  # the generation, where it is built and answers nobody else yet

    @property
    def is_empty(self) -> bool:
        """Whether no document is asked about."""
        return not (self.documents.all_except or self.documents.ids)


async def ground_for(
    onlooker: Onlooker, access: Access, collection_id: str, question: Question, *, ahead: int | None = None
) -> Ground:
    """What of a collection its caller may be answered from; a collection they may not read is not there.

    Where others have to see it too, it is what all of them may be answered from: nothing else moves a score.
    `ahead` names a generation that is built and held: it is asked in place of the one that answers.
    """
    tenant_id, named = onlooker.tenant_id, question.document_ids
    with deciding():
        resolver = access.at(onlooker.glance)
        ground = await found_by_plan(
            resolver,
            onlooker.caller,
            collection_id,
            lambda on, plan: _ground(on, tenant_id, plan, ahead),
            needs=onlooker.needs,
        )
        for other in onlooker.eyes[1:]:
            plan = await _planned(resolver, other, collection_id)
            ground = replace(ground, documents=_both(ground.documents, plan))
        if question.details:
            async with onlooker.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
                fitting = await described_so(transaction.session, collection_id, question.details)
            named = fitting if named is None else named & fitting
    return ground if named is None else replace(ground, documents=_among(ground.documents, named))


async def readable_in(onlooker: Onlooker, access: Access, collection_id: str) -> AccessPlan:
    """The documents of a collection that somebody may be answered from; of one they may not read, none."""
    with deciding():
        return await _planned(access.at(onlooker.glance), onlooker, collection_id)


async def _planned(resolver: Resolver, onlooker: Onlooker, collection_id: str) -> AccessPlan:
    try:
        return await found_by_plan(resolver, onlooker.caller, collection_id, lambda _, plan: plan, needs=onlooker.needs)
    except CollectionNotFound:
        return AccessPlan(collection_id, all_except=False, document_ids=frozenset())


def _ground(on: Connection, tenant_id: str, plan: AccessPlan, ahead: int | None) -> Ground | None:
    of = {"its_tenant": tenant_id, "its_id": plan.collection_id}
    for index_name, model, answering, has_graph, graph_generation in _COLLECTION.rows(on, plain=of):
        if ahead == answering:
            ahead = None  # it answers by now
        elif ahead is not None and on.execute(_BUILT, of).scalar_one_or_none() != ahead:
            raise GenerationGone
        generation = answering if ahead is None else ahead
        index, layer = Index(tenant_id, plan.collection_id, index_name), layer_of(generation, graph_generation)
        return Ground(index, model, generation, _readable(on, of, plan), has_graph, layer, ahead)
    return None


def generation_of(on: Connection, index: Index) -> int | None:
    """The generation of a collection that answers by now; None where there is no collection any more."""
    rows = _COLLECTION.rows(on, plain={"its_tenant": index.tenant_id, "its_id": index.collection_id})
    return next((int(generation) for _, _, generation, *_ in rows), None)


def _both(one: DocumentFilter, other: AccessPlan) -> DocumentFilter:
    if not other.all_except:
        return _among(one, other.document_ids)
    ids = one.ids | other.document_ids if one.all_except else one.ids - other.document_ids
    return DocumentFilter(one.all_except, ids)


def _among(documents: DocumentFilter, named: frozenset[str]) -> DocumentFilter:
    ids = named - documents.ids if documents.all_except else named & documents.ids
    return DocumentFilter(all_except=False, ids=ids)


def _readable(on: Connection, of: dict[str, str], plan: AccessPlan) -> DocumentFilter:
    """What is deleted has no access list any more that would hide it, and is in the store until it is erased.

    It is looked for in the same reading as the plan: what was deleted by then is in neither.
    """
    if not plan.all_except:
        return DocumentFilter(all_except=False, ids=plan.document_ids)
    deleted = [id_ for (id_,) in _DELETED.rows(on, plain=of)]
    return DocumentFilter(all_except=True, ids=plan.document_ids.union(deleted) if deleted else plan.document_ids)


_C = cast("Table", Collection.__table__).c
_D = cast("Table", Document.__table__).c
_R = cast("Table", Rechunk.__table__).c
_COLLECTION = Asking(
    lambda _: select(_C.index_name, _C.embedding_model, _C.generation, _C.graph_enabled, _C.graph_generation).where(
        _C.id == bindparam("its_id"), _C.tenant_id == bindparam("its_tenant"), _C.deleted_at.is_(None)
    )
)
_BUILT = select(_R.generation).where(  # held, or resumed since and about to answer
    _R.collection_id == bindparam("its_id"),
    _R.tenant_id == bindparam("its_tenant"),
    _R.wish != CANCEL,
    _R.ended_at.is_(None),
)
_DELETED = Asking(
    lambda _: select(_D.id).where(
        _D.collection_id == bindparam("its_id"), _D.tenant_id == bindparam("its_tenant"), _D.deleted_at.is_not(None)
    )
)
