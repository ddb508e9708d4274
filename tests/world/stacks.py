"""Collections and documents as rows and blobs, put into a tenant by hand, for who tests what is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from acl.facts import DefaultAccess
from acl.opening import open_collection_access, open_document_access
from app.db.tenancy import Reach
from app.ids import new_id
from app.wiring import Platform
from indexing.collections.tables import Collection
from indexing.documents.status import at_first
from indexing.documents.tables import Document
from indexing.stores.vectors import Index
from tests.world.people import Organisation


@dataclass(slots=True)
class Stack:
    """A collection of a tenant."""

    platform: Platform
    tenant_id: str
    owner_id: str
    id: str

    @property
    def index(self) -> Index:
        """Where its vectors are."""
        return Index(self.tenant_id, self.id, _index_name(self.id))

    async def add(self, name: str, data: bytes | None, **changed: Any) -> str:
        """Put a document on it; nobody is asked to work on it."""
        made, at = new_id("doc"), self.platform.clock.now()
        key = f"documents/{self.tenant_id}/{made}/1" if data is not None else None
        if key is not None and data is not None:
            await self.platform.blobs.put(key, data)
        row = {
            "id": made,
            "collection_id": self.id,
            "name": name,
            "source": "upload",
            "uploaded_by": self.owner_id,
            "blob_key": key,
            "size_bytes": len(data or b""),
            "created_at": at,
            **at_first(at),
        }
        async with self.platform.transactions.open(Reach.one(self.tenant_id)) as transaction:
            open_document_access(
                transaction, made, collection_id=self.id, owner_id=self.owner_id, tenant_id=self.tenant_id
            )
            transaction.session.add(Document(**(row | changed)))
        return made

    async def document(self, document_id: str) -> Document:
        """A document's row, as it is now."""
        async with self.platform.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            return (await transaction.session.scalars(select(Document).where(Document.id == document_id))).one()


def _index_name(collection_id: str) -> str:
    return f"C{collection_id.replace('_', '')}"


async def stack(organisation: Organisation, owner: str = "admin", **changed: Any) -> Stack:
    """Make a collection."""
    platform, owner_id = organisation.running.platform, organisation.people[owner].id
    return await stack_of(platform, organisation.id, owner_id, **changed)


async def stack_of(platform: Platform, tenant_id: str, owner_id: str, **changed: Any) -> Stack:
    """Make a collection for somebody."""
    made, at = new_id("col"), platform.clock.now()
    row = {
        "id": made,
        "slug": made.lower(),
        "name": "Papers",
        "embedding_model": "local/minilm",
        "index_name": _index_name(made),
        "chunking_strategy": "paragraph",
        "chunk_size": 128,
        "chunk_overlap": 16,
        "graph_max_nodes": 1000,
        "graph_max_edges": 1000,
        "created_at": at,
        "updated_at": at,
    }
    async with platform.transactions.open(Reach.one(tenant_id)) as transaction:
        await open_collection_access(
            transaction, made, owner_id=owner_id, tenant_id=tenant_id, default_access=DefaultAccess.TENANT
        )
        transaction.session.add(Collection(**(row | changed)))
    return Stack(platform, tenant_id, owner_id, made)
