"""Knowing, crawls: what a collection holds of addresses already: one document each, however it came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select

from acl.access import Access
from acl.permission import Permission, ResourceKind
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.caller import Caller
from indexing.crawls.finding import Known
from indexing.documents.intake import CRAWL, URL
from indexing.documents.tables import Document

NEEDED = Permission.READ | Permission.WRITE
_AT_ONCE = 500
_COLUMNS = (
    Document.source_digest,
    Document.id,
    Document.sha256,
    Document.blob_key,
    Document.mime_type,
    Document.source_state,
)


@dataclass(frozen=True, slots=True)
class Holdings:
    """Looks into one collection with the eyes of whoever started the run; what is not theirs to change is not there."""

    transactions: Transactions
    access: Access
    tenant_id: str
    collection_id: str

    async def of(self, caller: Caller, urls: Iterable[str]) -> dict[str, Known]:
        """The oldest document of each address that has one."""
        by_digest = {source_digest(url): url for url in urls}
        if not by_digest:
            return {}
        wanted = select(*_COLUMNS).where(
            Document.collection_id == self.collection_id,
            Document.source_digest.in_(list(by_digest)),
            Document.deleted_at.is_(None),
        )
        async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            rows = (await transaction.session.execute(wanted.order_by(Document.id))).all()
            resolver = self.access.resolver(transaction.session)
            ids = {ResourceKind.DOCUMENT: [row[1] for row in rows]}
            theirs = (await resolver.permitted(caller, ids, NEEDED))[ResourceKind.DOCUMENT] if rows else frozenset()
        found: dict[str, Known] = {}
        for digest, *said in rows:
            if said[0] in theirs:
                found.setdefault(by_digest[digest], Known(*said))
        return found

    async def left_of(self, crawl_id: str, met: Callable[[str], bool]) -> list[tuple[str, str]]:
        """The documents a saved crawl brought, with their addresses, without those that were met this time."""
        left: list[tuple[str, str]] = []
        after = ""
        while True:
            wanted = select(Document.id, Document.source_url).where(
                Document.collection_id == self.collection_id,
                Document.source == CRAWL,
                Document.deleted_at.is_(None),
                Document.source_state["crawl_id"].as_string() == crawl_id,
                Document.id > after,
            )
            async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
                rows = (await transaction.session.execute(wanted.order_by(Document.id).limit(_AT_ONCE))).all()
            left += [(id_, url) for id_, url in rows if url is not None and not met(url)]
            if len(rows) < _AT_ONCE:
                return left
            after = rows[-1][0]


def source_digest(url: str) -> str:
    """By what a document is found again that came from an address, as by the door for single addresses."""
    return sha256(f"{URL}\n{url}".encode()).hexdigest()
