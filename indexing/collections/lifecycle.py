"""Knowing, collections: how a collection comes to be, with its access list, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError

from acl.facts import DefaultAccess
from acl.opening import open_collection_access
from app.db.transaction import Transaction
from app.errors import SlugConflict, ValidationFailed
from app.ids import new_id
from indexing.collections.access import OpenCollection
from indexing.collections.chunking import Cut
from indexing.collections.naming import index_name, slug_of
from indexing.collections.tables import Collection

MOST_NODES, MOST_EDGES = 250_000, 500_000  # of a graph, unless said otherwise


@dataclass(frozen=True, slots=True)
class CollectionDraft:
    """What a new collection is to be; its models are chosen already."""

    name: str
    embedding_model: str
    cut: Cut
    slug: str | None = None
    description: str = ""
    graph_enabled: bool = False
    graph_extraction_model: str | None = None
    graph_max_nodes: int = MOST_NODES
    graph_max_edges: int = MOST_EDGES
    storage_quota_bytes: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    default_access: DefaultAccess = DefaultAccess.TENANT
    forked_from: str | None = None


async def add_collection(
    transaction: Transaction, draft: CollectionDraft, *, owner_id: str, tenant_id: str
) -> OpenCollection:
    """Add a collection of somebody's, with its access list."""
    made = await add_row(transaction, draft, tenant_id=tenant_id)
    access = await open_collection_access(
        transaction, made.id, owner_id=owner_id, tenant_id=tenant_id, default_access=draft.default_access
    )
    return OpenCollection(made, access)


async def add_row(transaction: Transaction, draft: CollectionDraft, *, tenant_id: str) -> Collection:
    """Add a collection that is nobody's yet, and so there for nobody; refuse a slug that another one has."""
    cut = draft.cut.checked()
    require_extraction_model(enabled=draft.graph_enabled, model=draft.graph_extraction_model)
    now, id_ = transaction.clock.now(), new_id("col")
    slug = draft.slug or slug_of(draft.name) or f"collection-{id_[-8:].lower()}"
    made = Collection(
        id=id_,
        tenant_id=tenant_id,
        slug=slug,
        name=draft.name,
        description=draft.description,
        details=dict(draft.details),
        embedding_model=draft.embedding_model,
        index_name=index_name(slug, id_),
        chunking_strategy=cut.strategy,
        chunk_size=cut.size,
        chunk_overlap=cut.overlap,
        graph_enabled=draft.graph_enabled,
        graph_generation=int(draft.graph_enabled),
        graph_extraction_model=draft.graph_extraction_model,
        graph_max_nodes=draft.graph_max_nodes,
        graph_max_edges=draft.graph_max_edges,
        storage_quota_bytes=draft.storage_quota_bytes,
        forked_from=draft.forked_from,
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(made)
    await claim_slug(transaction, made)
    return made


async def claim_slug(transaction: Transaction, collection: Collection) -> None:
    """Write a new or changed collection; refuse if another one of the tenant has its slug."""
    slug = collection.slug
    try:
        await transaction.session.flush()
    except IntegrityError:
        raise SlugConflict(f"The slug {slug!r} is taken by another collection; choose another.") from None


def require_extraction_model(*, enabled: bool, model: str | None) -> None:
    """Refuse a graph that no model would fill."""
    if enabled and model is None:
        raise ValidationFailed.of(
            "graph_extraction_model", "is needed where graph_enabled is true: a chat model's slug"
        )
