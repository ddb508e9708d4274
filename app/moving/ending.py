"""Roof, moving: in one transaction a collection that is whole comes to be there, with all its lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from acl.facts import DefaultAccess
from acl.permission import ResourceKind
from acl.tables import AccessEntry, AccessList
from app.audit.chain import Entry
from app.audit.last import append_last
from app.backup.names import Names
from app.db.bulk import add_rows, batches
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transaction
from app.ids import new_id
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.moving.manifest import Manifest
from app.moving.promise import ErasingPromise
from app.wiring import Platform
from indexing.collections.tables import Collection
from indexing.documents.status import at_first
from indexing.documents.tables import Document
from indexing.erasing.removal import remove_document

_ASKED_AT_ONCE = 100
_UNCHECKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class ListHere:
    """An access list as it is to be."""

    resource_id: str
    owner_id: str | None
    inherits: bool
    entries: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """Opens a collection to those whom its lists let in, and asks for what is left to do."""

    platform: Platform
    collection: Collection
    promise: ErasingPromise
    manifest: Manifest

    async def run(self, own: ListHere, default_access: DefaultAccess, documents: Names) -> list[str]:
        """Let it be there; returns the documents that are."""
        async with self.platform.transactions.open(Reach.one(self.collection.tenant_id)) as transaction:
            session, now = transaction.session, transaction.clock.now()
            await self.promise.call_off(transaction)
            there = await self._arrived(session)
            lists = [own, *_listed(documents, set(there))]
            await add_rows(session, AccessList, self._lists([own], now, default_access))
            await add_rows(session, AccessList, self._lists(lists[1:], now, default_access))
            await add_rows(session, AccessEntry, self._entries(lists, now))
            for some in batches(there):
                beginning = update(Document).where(Document.id.in_(some)).values(**at_first(now))
                await session.execute(beginning, execution_options=_UNCHECKED)
            mine = Collection.id == self.collection.id
            await session.execute(update(Collection).where(mine).values(deleted_at=None), execution_options=_UNCHECKED)
            await self._ask(transaction)
            append_last(transaction, self._entry(transaction.clock.now(), len(there)))
        return there

    async def ask(self, documents: Sequence[str]) -> None:
        """Ask for the reading of what is there; whoever sweeps does, should this be broken off."""
        for start in range(0, len(documents), _ASKED_AT_ONCE):
            async with self.platform.transactions.open(Reach.one(self.collection.tenant_id)) as transaction:
                for id_ in documents[start : start + _ASKED_AT_ONCE]:
                    wanted = Wanted(JobKind.INGEST_DOCUMENT, id_, self.collection.tenant_id)
                    await ask_for(transaction, self.platform.jobs, wanted)

    async def _arrived(self, session: TenantSession) -> list[str]:
        """Documents whose file came."""
        mine = Document.collection_id == self.collection.id, Document.sha256.is_not(None)
        return list(await session.scalars(select(Document.id).where(*mine).order_by(Document.id)))

    async def _ask(self, transaction: Transaction) -> None:
        """Have the graph store told of what is by hand, and what never came erased."""
        jobs, tenant_id = self.platform.jobs, self.collection.tenant_id
        await ask_for(transaction, jobs, Wanted(JobKind.RECONCILE_COLLECTION, self.collection.id, tenant_id))
        mine = Document.collection_id == self.collection.id, Document.sha256.is_(None)
        for document in (await transaction.session.scalars(select(Document).where(*mine))).all():
            await remove_document(transaction, jobs, document)

    def _lists(
        self, lists: Iterable[ListHere], now: datetime, default_access: DefaultAccess
    ) -> Iterator[dict[str, Any]]:
        for one in lists:
            whole = one.resource_id == self.collection.id
            yield {
                "resource_id": one.resource_id,
                "kind": ResourceKind.COLLECTION if whole else ResourceKind.DOCUMENT,
                "collection_id": None if whole else self.collection.id,
                "owner_id": one.owner_id,
                "inherits": one.inherits and not whole,
                "default_access": default_access if whole else DefaultAccess.RESTRICTED,
                "version": 1,
                "created_at": now,
                "updated_at": now,
            }

    def _entries(self, lists: Iterable[ListHere], now: datetime) -> Iterator[dict[str, Any]]:
        for one in lists:
            for entry in one.entries:
                ends = entry["expires_at"]
                yield {
                    "id": new_id("ace"),
                    "resource_id": one.resource_id,
                    "collection_id": self.collection.id,
                    "ace_type": entry["effect"],
                    "principal_type": entry["kind"],
                    "principal_id": entry["principal"],
                    "permissions": entry["permissions"],
                    "expires_at": None if ends is None else datetime.fromisoformat(ends),
                    "note": entry["note"],
                    "created_by": None,
                    "created_at": now,
                }

    def _entry(self, now: datetime, documents: int) -> Entry:
        return Entry(
            tenant_id=self.collection.tenant_id,
            action="collection.imported",
            at=now,
            target_type="collection",
            target_id=self.collection.id,
            details={"by": "operator", "documents": documents, "from": self.manifest.collection_id},
        )


def _listed(documents: Names, there: set[str]) -> Iterator[ListHere]:
    for id_, owner_id, inherits, entries in documents:
        if id_ in there:
            yield ListHere(id_, owner_id or None, json.loads(inherits), json.loads(entries))
