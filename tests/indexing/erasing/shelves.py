"""Collections with documents that have everything a document can leave behind."""

from __future__ import annotations

from acl.facts import DefaultAccess
from acl.opening import open_collection_access, open_document_access
from app.db.tenancy import Reach
from app.ids import new_id
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from tests.world.people import Organisation


async def put_collection(organisation: Organisation, slug: str = "plans") -> Collection:
    """Make a collection with its access list."""
    platform, now = organisation.running.platform, organisation.running.platform.clock.now()
    made = new_id("col")
    async with platform.transactions.open(Reach.one(organisation.id)) as transaction:
        collection = Collection(
            id=made,
            tenant_id=organisation.id,
            slug=slug,
            name=slug,
            embedding_model="local/minilm",
            index_name=f"C{made.removeprefix('col_')}",
            chunking_strategy="paragraph",
            chunk_size=512,
            chunk_overlap=50,
            graph_max_nodes=1,
            graph_max_edges=1,
            created_at=now,
            updated_at=now,
        )
        transaction.session.add(collection)
        await transaction.session.flush()
        owner = organisation.people["admin"].id
        await open_collection_access(
            transaction, made, owner_id=owner, tenant_id=organisation.id, default_access=DefaultAccess.TENANT
        )
    return collection


async def put_document(organisation: Organisation, collection_id: str, *, chunks: int = 3) -> Document:
    """Make an indexed document with an edition that answers; what other stores hold of it is not put."""
    platform, now = organisation.running.platform, organisation.running.platform.clock.now()
    made, edition_id, owner = new_id("doc"), new_id("edn"), organisation.people["admin"].id
    async with platform.transactions.open(Reach.one(organisation.id)) as transaction:
        session = transaction.session
        document = Document(
            id=made,
            tenant_id=organisation.id,
            collection_id=collection_id,
            name="plan.md",
            source="upload",
            uploaded_by=owner,
            blob_key=f"documents/{organisation.id}/{made}/{new_id('blob')}",
            status="indexed",
            stage_since=now,
            edition_id=edition_id,
            chunk_count=chunks,
            created_at=now,
            updated_at=now,
        )
        session.add(document)
        await session.flush()
        session.add(
            Edition(
                id=edition_id,
                tenant_id=organisation.id,
                document_id=made,
                collection_id=collection_id,
                generation=1,
                content_version=1,
                state=READY,
                chunk_count=chunks,
                created_at=now,
            )
        )
        await session.flush()
        session.add_all(chunk_row(organisation, document, index) for index in range(chunks))
        await open_document_access(
            transaction, made, collection_id=collection_id, owner_id=owner, tenant_id=organisation.id
        )
    return document


def chunk_row(organisation: Organisation, document: Document, index: int) -> ChunkRow:
    """One passage of the edition that answers."""
    return ChunkRow(
        id=f"chk_{document.id.removeprefix('doc_')}_{index}",
        tenant_id=organisation.id,
        edition_id=document.edition_id,
        document_id=document.id,
        collection_id=document.collection_id,
        chunk_index=index,
        content=f"passage {index} of {document.id}",
        start=index,
        end=index + 1,
        tokens=3,
        digest=str(index),
        stored=True,
    )
