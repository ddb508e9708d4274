"""Collections with documents, groups, and entries in their access lists, put into a tenant by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.opening import open_document_access
from acl.permission import VIEWER
from acl.tables import AccessEntry, AccessList
from app.db.tenancy import Reach
from app.identity.tables import Group, GroupMember, GroupNesting
from app.ids import new_id
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import CollectionDraft, add_collection
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus, at_first
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.stores.vectors import Entry, Index
from tests.world.people import Organisation
from tests.world.platform import unique

WORDS = "the words of"  # in everything that documents of these shelves hold


@dataclass(slots=True)
class Shelf:
    """A collection of a tenant, and its documents by name."""

    organisation: Organisation
    id: str
    documents: dict[str, str] = field(default_factory=dict)
    slug: str = ""

    async def hold(self, *names: str, owner: str = "admin") -> None:
        """Put documents on it."""
        tenant_id, owner_id = self.organisation.id, self.organisation.people[owner].id
        async with self.organisation.running.platform.transactions.open(Reach.one(tenant_id)) as transaction:
            now = transaction.clock.now()
            for name in names:
                self.documents[name] = made = new_id("doc")
                facts = {"id": made, "tenant_id": tenant_id, "collection_id": self.id, "uploaded_by": owner_id}
                row = Document(**facts, name=f"{WORDS} {name}", source="upload", created_at=now, **at_first(now))
                row.status = DocumentStatus.INDEXED
                transaction.session.add(row)
                open_document_access(transaction, made, collection_id=self.id, owner_id=owner_id, tenant_id=tenant_id)

    async def write(self, name: str) -> None:
        """Give a document a file and a passage by which it is found."""
        tenant_id, id_, text = self.organisation.id, self.documents[name], f"{WORDS} {name}"
        platform = self.organisation.running.platform
        key, edition = f"documents/{tenant_id}/{id_}/1", new_id("edn")
        await platform.blobs.put(key, text.encode())
        facts = {"tenant_id": tenant_id, "document_id": id_, "collection_id": self.id}
        async with platform.transactions.open(Reach.one(tenant_id)) as transaction:
            row = await transaction.session.get_one(Document, id_)
            row.blob_key, row.size_bytes, row.edition_id, row.chunk_count = key, len(text), edition, 1
            made_at = transaction.clock.now()
            made = Edition(id=edition, generation=1, content_version=1, state=READY, created_at=made_at, **facts)
            transaction.session.add(made)
            await transaction.session.flush()
            place = {"chunk_index": 0, "start": 0, "end": len(text), "tokens": 4, "digest": "0" * 64}
            chunk = new_id("chk")
            transaction.session.add(ChunkRow(id=chunk, edition_id=edition, content=text, **place, **facts))
            collection = await transaction.session.get_one(Collection, self.id)
            index = Index(tenant_id, self.id, collection.index_name)
        await platform.vectors.put(index, [Entry(chunk, id_, 1, text, np.ones(384, dtype=np.float32))])


async def shelf(
    organisation: Organisation,
    *names: str,
    owner: str = "admin",
    default_access: DefaultAccess = DefaultAccess.RESTRICTED,
) -> Shelf:
    """Make a collection that holds documents of these names."""
    owner_id, tenant_id = organisation.people[owner].id, organisation.id
    draft = CollectionDraft(unique("shelf"), "local/minilm", Cut("paragraph", 512, 50), default_access=default_access)
    async with organisation.running.platform.transactions.open(Reach.one(tenant_id)) as transaction:
        opened = await add_collection(transaction, draft, owner_id=owner_id, tenant_id=tenant_id)
        made = Shelf(organisation, opened.id, slug=opened.row.slug)
    await made.hold(*names, owner=owner)
    return made


async def group(organisation: Organisation, name: str, *members: str, inside: Sequence[str] = ()) -> str:
    """Make a group of some people, perhaps inside other groups (ids)."""
    now, made = organisation.running.platform.clock.now(), new_id("grp")
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        add = transaction.session.add
        add(Group(id=made, tenant_id=organisation.id, name=name, created_at=now, updated_at=now))
        await transaction.session.flush()
        for member in members:
            user = organisation.people[member].id
            add(GroupMember(tenant_id=organisation.id, group_id=made, user_id=user, created_at=now))
        for parent in inside:
            add(GroupNesting(tenant_id=organisation.id, group_id=parent, child_id=made, created_at=now))
    return made


async def enter(
    organisation: Organisation,
    resource_id: str,
    effect: Effect,
    principal: tuple[PrincipalType, str | None],
    *,
    permissions: int = VIEWER,
    expires_at: datetime | None = None,
) -> str:
    """Put an entry into an access list; returns its id."""
    made = new_id("ace")
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        access = await transaction.session.get_one(AccessList, resource_id)
        entry = AccessEntry(
            id=made,
            tenant_id=organisation.id,
            resource_id=resource_id,
            collection_id=access.collection_id or resource_id,
            ace_type=effect,
            principal_type=principal[0],
            principal_id=principal[1],
            permissions=permissions,
            expires_at=expires_at,
            created_at=transaction.clock.now(),
        )
        transaction.session.add(entry)
    return made


async def withdraw(organisation: Organisation, entry_id: str) -> None:
    """Take an entry out of its access list."""
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        await transaction.session.delete(await transaction.session.get_one(AccessEntry, entry_id))
