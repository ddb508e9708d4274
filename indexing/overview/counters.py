"""Knowing, overview: how much collections hold, of what somebody may read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, bindparam, func, select, union_all

from acl.plan import plan_many
from acl.planned import AccessPlan
from acl.resolver import AclResolver
from acl.subjects import tenant_of
from app.db.given import beside, given, listed
from app.identity.caller import Caller
from indexing.documents.tables import Document

_DOCUMENTS = cast("Table", Document.__table__)
_OPEN, _BUT, _ONLY = given("open"), given("but"), given("only")


@dataclass(frozen=True, slots=True)
class Counts:
    """Documents, their chunks and their bytes, and what was learned from them."""

    documents: int = 0
    chunks: int = 0
    size_bytes: int = 0
    nodes: int = 0  # of its graph, as `rag.graphs.counts` has counted it
    edges: int = 0
    of_all: bool = True  # whether there is nothing besides


async def count_for(resolver: AclResolver, user: Caller, collection_ids: Collection[str]) -> dict[str, Counts]:
    """Count what somebody may read in some collections: one statement beside those that decide, however many."""
    if not collection_ids:
        return {}
    tenant_id = tenant_of(resolver.session)
    plans = await plan_many(resolver, user, collection_ids)
    connection = await resolver.session.connection()
    found = await connection.run_sync(_counted, tenant_id, plans)
    whole = {id_ for id_, plan in plans.items() if plan.all_except and not plan.document_ids}
    return {id_: replace(found.get(id_, Counts()), of_all=id_ in whole) for id_ in collection_ids}


def _counted(connection: Connection, tenant_id: str, plans: Mapping[str, AccessPlan]) -> dict[str, Counts]:
    whole = [plan for plan in plans.values() if plan.all_except]
    parts = [plan for plan in plans.values() if not plan.all_except]
    named = {
        "tenant": tenant_id,
        "open": listed(plan.collection_id for plan in whole),
        "but": listed(id_ for plan in whole for id_ in plan.document_ids),
        "only": listed(id_ for plan in parts for id_ in plan.document_ids),
    }
    rows = connection.execute(_COUNTING, named)
    return {id_: Counts(documents, int(chunks), int(size)) for id_, documents, chunks, size in rows}


def _counted_of(source: FromClause, *which: ColumnElement[bool]) -> Select[Any]:
    held = _DOCUMENTS.c
    numbers = (func.count(), func.sum(held.chunk_count), func.sum(held.size_bytes))
    there = (beside(held.tenant_id) == bindparam("tenant"), held.deleted_at.is_(None))
    return select(held.collection_id, *numbers).select_from(source).where(*there, *which).group_by(held.collection_id)


_COUNTING = union_all(
    _counted_of(
        _OPEN.join(_DOCUMENTS, _DOCUMENTS.c.collection_id == _OPEN.c.value),
        _DOCUMENTS.c.id.not_in(select(_BUT.c.value)),
    ),
    _counted_of(_ONLY.join(_DOCUMENTS, _DOCUMENTS.c.id == _ONLY.c.value)),
)
