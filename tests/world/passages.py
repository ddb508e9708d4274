"""Collections of many passages, put into database and vector store by hand, so that every vector of them is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import VIEWER
from acl.tables import AccessEntry, AccessList
from app.db.bulk import add_rows
from app.db.tenancy import Reach
from app.ids import new_id
from indexing.collections.queries import get_for_tenant
from indexing.documents.status import DocumentStatus
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.stores.vectors import Entry, Index
from tests.world.embedder import vector_of
from tests.world.people import Organisation
from tests.world.shelves import Shelf, shelf


@dataclass(slots=True)
class Written:
    """A collection, its texts by chunk, and its chunks by document."""

    shelf: Shelf
    index: Index
    texts: dict[str, str] = field(default_factory=dict)
    chunks: dict[str, list[str]] = field(default_factory=dict)  # by the id of their document
    version: int = 0

    @property
    def id(self) -> str:
        return self.shelf.id

    async def write(self, texts: Mapping[str, Sequence[str]]) -> None:
        """Give documents that are held the passages by which they are found, in place of earlier ones."""
        self.version += 1
        organisation = self.shelf.organisation
        platform, tenant_id = organisation.running.platform, organisation.id
        editions = {self.shelf.documents[name]: new_id("edn") for name in texts}
        rows: list[dict[str, Any]] = []
        for name, said in texts.items():
            document_id = self.shelf.documents[name]
            self.chunks[document_id] = []
            for number, text in enumerate(said):
                chunk_id = new_id("chk")
                self.texts[chunk_id] = text
                self.chunks[document_id].append(chunk_id)
                of = {"document_id": document_id, "collection_id": self.id, "edition_id": editions[document_id]}
                place = {"start": number * 1000, "end": number * 1000 + len(text), "tokens": 4, "digest": "0" * 64}
                more = {"chunk_index": number, "page": number + 1, "section": None, "stored": True}
                rows.append({"id": chunk_id, "content": text, **of, **place, **more})
        counts = {document_id: len(self.chunks[document_id]) for document_id in editions}
        async with platform.transactions.open(Reach.one(tenant_id)) as transaction:
            made = {"collection_id": self.id, "generation": 1, "state": READY, "created_at": transaction.clock.now()}
            counted = [
                {"id": id_, "document_id": document, "content_version": self.version, "chunk_count": counts[document]}
                | made
                for document, id_ in editions.items()
            ]
            await add_rows(transaction.session, Edition, counted)
            await add_rows(transaction.session, ChunkRow, rows)
            for document, id_ in editions.items():
                changing = update(Document).where(Document.id == document)
                changing = changing.values(edition_id=id_, chunk_count=counts[document])
                await transaction.session.execute(changing, execution_options={"synchronize_session": False})
        await platform.vectors.put(
            self.index,
            [Entry(row["id"], row["document_id"], 1, row["content"], vector_of(row["content"])) for row in rows],
        )

    async def move(self, status: DocumentStatus, *names: str) -> None:
        """Put documents somewhere on their way."""
        organisation = self.shelf.organisation
        async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
            moving = update(Document).where(Document.id.in_([self.shelf.documents[name] for name in names]))
            await transaction.session.execute(
                moving.values(status=status), execution_options={"synchronize_session": False}
            )

    async def enter(self, effect: Effect, who: tuple[PrincipalType, str], names: Iterable[str]) -> None:
        """Put an entry for somebody into the lists of documents."""
        organisation = self.shelf.organisation
        async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
            same = {"ace_type": effect, "principal_type": who[0], "principal_id": who[1], "permissions": VIEWER}
            of = {"collection_id": self.id, "created_at": transaction.clock.now()}
            lists = [{"id": new_id("ace"), "resource_id": self.shelf.documents[name], **same, **of} for name in names]
            await add_rows(transaction.session, AccessEntry, lists)

    async def shut(self, names: Iterable[str]) -> None:
        """Let documents inherit nothing."""
        organisation = self.shelf.organisation
        async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
            for name in names:
                (await transaction.session.get_one(AccessList, self.shelf.documents[name])).inherits = False


async def written(
    organisation: Organisation,
    texts: Mapping[str, Sequence[str]],
    default_access: DefaultAccess = DefaultAccess.TENANT,
) -> Written:
    """Make a collection of documents with these passages."""
    held = await shelf(organisation, *texts, default_access=default_access)
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        row = await get_for_tenant(transaction.session, held.id)
        assert row is not None
        index = Index(row.tenant_id, row.id, row.index_name)
    made = Written(held, index)
    await made.write(texts)
    return made
