"""A collection of many chunks, put into a platform by hand, and people who may read all and a hundredth of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import VIEWER, ResourceKind
from acl.tables import AccessEntry, AccessList
from app.db.bulk import add_rows
from app.db.tenancy import Reach
from app.identity.founding import add_key, add_user
from app.identity.keys import new_key
from app.ids import new_id
from app.wiring import Platform
from bench.servers import KEY
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import CollectionDraft, add_collection
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus, at_first
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.stores.vectors import Entry, Index

DIMENSIONS, CHUNKS_A_DOCUMENT, WORDS, BATCH = 384, 20, 120, 2_000
_VOCABULARY = 30_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who asks, and how much they may read."""

    share: str
    key: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What is asked, and by whom."""

    collection_id: str
    index: Index
    readers: tuple[Reader, ...]


def questions() -> list[str]:
    """Eight words each, most of them in many chunks."""
    rng = np.random.default_rng(5)
    often = 1 / np.arange(1, _VOCABULARY + 1)
    return [" ".join(f"word{n}" for n in rng.choice(_VOCABULARY, 8, p=often / often.sum())) for _ in range(16)]


def words_said(rng: np.random.Generator, chunks: int) -> Iterator[str]:
    """The texts of so many chunks."""
    often = 1 / np.arange(1, _VOCABULARY + 1)
    for words in rng.choice(_VOCABULARY, size=(chunks, WORDS), p=often / often.sum()):
        yield " ".join(f"word{word}" for word in words)


async def filled(platform: Platform, size: int, documents_at_least: int = 0) -> Searched:
    """Put so many chunks into the first tenant; of more documents than they are of, the others have none."""
    root = (await platform.credentials.admit(KEY)).caller
    draft = CollectionDraft("searched", "local/minilm", Cut("paragraph", 512, 50), default_access=DefaultAccess.TENANT)
    async with platform.transactions.open(Reach.one(root.tenant_id)) as transaction:
        made = await add_collection(transaction, draft, owner_id=root.user_id, tenant_id=root.tenant_id)
        row = await transaction.session.get_one(Collection, made.id)
        index = Index(root.tenant_id, row.id, row.index_name)
    cut = size // CHUNKS_A_DOCUMENT
    documents = [new_id("doc") for _ in range(max(cut, documents_at_least))]
    await _documents(platform, index, documents, root.user_id)
    rng = np.random.default_rng(3)
    for start in range(0, cut, BATCH // CHUNKS_A_DOCUMENT):
        await _chunks(platform, index, documents[start : min(cut, start + BATCH // CHUNKS_A_DOCUMENT)], rng)
    all_of_it = await _reader(platform, root.tenant_id, "all")
    little = await _reader(platform, root.tenant_id, "1 %")
    hidden = [id_ for place, id_ in enumerate(documents) if place % 100]
    async with platform.transactions.open(Reach.one(root.tenant_id)) as transaction:
        await add_rows(transaction.session, AccessEntry, _denied(hidden, index, little, transaction.clock.now()))
    return Searched(index.collection_id, index, (all_of_it, little))


async def _reader(platform: Platform, tenant_id: str, share: str) -> Reader:
    key = new_key()
    async with platform.transactions.open(Reach.one(tenant_id)) as transaction:
        name = f"reader-{share.replace(' %', '')}"
        user = await add_user(transaction, tenant_id, email=f"{name}@bench.example", name=name, roles=["tenant_viewer"])
        await add_key(transaction, user, key, name="bench")
    return Reader(share, key, user.id)


def _denied(hidden: list[str], index: Index, reader: Reader, now: Any) -> Iterator[dict[str, Any]]:
    same = {"ace_type": Effect.DENY, "principal_type": PrincipalType.USER, "principal_id": reader.user_id}
    for id_ in hidden:
        of = {"resource_id": id_, "collection_id": index.collection_id, "created_at": now}
        yield {"id": new_id("ace"), "permissions": VIEWER, **of, **same}


async def _documents(platform: Platform, index: Index, ids: list[str], owner_id: str) -> None:
    async with platform.transactions.open(Reach.one(index.tenant_id)) as transaction:
        now = transaction.clock.now()
        for number, id_ in enumerate(ids):
            row = Document(
                id=id_,
                tenant_id=index.tenant_id,
                collection_id=index.collection_id,
                uploaded_by=owner_id,
                name=f"Document {number}",
                source="upload",
                created_at=now,
                **at_first(now),
            )
            row.status = DocumentStatus.INDEXED
            transaction.session.add(row)
        await transaction.session.flush()
        shared = {"kind": ResourceKind.DOCUMENT, "collection_id": index.collection_id, "owner_id": owner_id}
        more = {"inherits": True, "default_access": DefaultAccess.RESTRICTED, "created_at": now, "updated_at": now}
        await add_rows(transaction.session, AccessList, ({"resource_id": id_, **shared, **more} for id_ in ids))


async def _chunks(platform: Platform, index: Index, documents: list[str], rng: np.random.Generator) -> None:
    editions = {id_: new_id("edn") for id_ in documents}
    rows: list[dict[str, Any]] = []
    for place, text in enumerate(words_said(rng, len(documents) * CHUNKS_A_DOCUMENT)):
        document, number = documents[place // CHUNKS_A_DOCUMENT], place % CHUNKS_A_DOCUMENT
        of = {"document_id": document, "collection_id": index.collection_id, "edition_id": editions[document]}
        where = {"start": number * 1200, "end": number * 1200 + len(text), "tokens": WORDS, "digest": "0" * 64}
        more = {"chunk_index": number, "page": 1 + number // 4, "section": None, "stored": True}
        rows.append({"id": new_id("chk"), "content": text, **of, **where, **more})
    vectors = rng.standard_normal((len(rows), DIMENSIONS), dtype=np.float32)
    async with platform.transactions.open(Reach.one(index.tenant_id)) as transaction:
        made = {"collection_id": index.collection_id, "generation": 1, "state": READY}
        made |= {"content_version": 1, "chunk_count": CHUNKS_A_DOCUMENT, "created_at": transaction.clock.now()}
        await add_rows(
            transaction.session, Edition, ({"id": id_, "document_id": on, **made} for on, id_ in editions.items())
        )
        await add_rows(transaction.session, ChunkRow, rows)
        for on, id_ in editions.items():
            (await transaction.session.get_one(Document, on)).edition_id = id_
    entries = [
        Entry(row["id"], row["document_id"], 1, row["content"], vector)
        for row, vector in zip(rows, vectors, strict=True)
    ]
    await platform.vectors.put(index, entries)
