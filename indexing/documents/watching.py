"""Knowing, documents: what became of documents, looked at again and again with the eyes of one caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from acl.chokepoint import Chokepoint
from acl.errors import DocumentNotFound
from acl.visible import Visible
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.caller import Caller
from indexing.documents.found import Change, FoundDocument
from indexing.documents.queries import (
    changed_since,
    documents_of,
    find_document,
    moment_of_change,
    present_among,
    unfinished_after,
)

_WINDOW = 200
_FIRST_LOOK = 1000  # changes that are told of before those to come
_MOST_KNOWN = 2000  # documents, the latest told of, whose end is told too
_AT_ONCE = 500
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# A change bears the time at which it was begun, and is seen when it is committed: so far do we look back.
_LATE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Watching:
    """Looks at documents of one tenant; each look is decided anew."""

    chokepoint: Chokepoint
    transactions: Transactions
    caller: Caller
    tenant_id: str

    async def document(self, document_id: str) -> Visible[FoundDocument]:
        """A document as it is now; not there once the caller may not read it."""
        async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            found = await find_document(transaction.session, document_id)
            candidates = [] if found is None else [found]
            seen = await self.chokepoint.filter_results_by_acl(transaction.session, self.caller, candidates)
        if not seen:
            raise DocumentNotFound
        return seen[0]

    async def beginning(self, collection_id: str) -> datetime:
        """From which change on somebody is told who comes to watch a collection."""
        async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            return await moment_of_change(transaction.session, collection_id, _FIRST_LOOK) or _BEGINNING

    async def changed(self, collection_id: str, after: tuple[datetime, str]) -> list[Change]:
        """What changed in a collection; these are no news until `documents` has let them through."""
        async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            return await changed_since(transaction.session, collection_id, after, _WINDOW)

    async def documents(self, collection_id: str, ids: list[str]) -> list[Visible[FoundDocument]]:
        """Those of some documents that the caller may read, as they are now."""
        async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            found = await documents_of(transaction.session, collection_id, ids)
            return await self.chokepoint.filter_results_by_acl(transaction.session, self.caller, found)

    async def lost(self, collection_id: str, known: list[str], asked: Collection[str]) -> set[str]:
        """Those of some documents that are there no more, and of those asked about also what is not for the caller."""
        kept: set[str] = set()
        for start in range(0, len(known), _AT_ONCE):
            async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
                session = transaction.session
                there = await present_among(session, collection_id, known[start : start + _AT_ONCE])
                kept |= {one.document_id for one in there if one.document_id not in asked}
                doubtful = [one for one in there if one.document_id in asked]
                if doubtful:
                    seen = await self.chokepoint.filter_results_by_acl(session, self.caller, doubtful)
                    kept |= {one.value.document_id for one in seen}
        return set(known) - kept

    async def is_busy(self, collection_id: str) -> bool:
        """Whether any document is on its way that the caller may read."""
        after = ""
        while True:
            async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
                found = await unfinished_after(transaction.session, collection_id, after, _WINDOW)
                if await self.chokepoint.filter_results_by_acl(transaction.session, self.caller, found):
                    return True
            if len(found) < _WINDOW:
                return False
            after = found[-1].document_id


@dataclass(slots=True)
class ChangesOf:
    """The changes of a collection from a moment on: each is told once, except after a reconnection."""

    watching: Watching
    collection_id: str
    since: datetime
    _told: dict[str, Change] = field(default_factory=dict)  # lately
    _known: dict[str, None] = field(default_factory=dict)  # the documents told of, in the order they are asked about

    async def news(self) -> AsyncIterator[Visible[FoundDocument]]:
        """What became of documents since the last look, the earliest change first."""
        position = (max(self.since - _LATE, _BEGINNING), "")
        while changed := await self.watching.changed(self.collection_id, position):
            untold = [change for change in changed if self._told.get(change.document_id) != change]
            self._told.update((change.document_id, change) for change in untold)
            if untold:
                ids = [change.document_id for change in untold]
                for seen in await self.watching.documents(self.collection_id, ids):
                    row = seen.value.row
                    self._told[row.id] = Change(row.id, row.changes, row.updated_at)
                    self._known.setdefault(row.id)
                    yield seen
            position = (changed[-1].at, changed[-1].document_id)
            self.since = max(self.since, changed[-1].at)
            if len(changed) < _WINDOW:
                break
        self._forget()

    async def lost(self) -> list[str]:
        """The documents that were told of and are there no more for the caller: deleted or hidden, which is the same.

        Each look asks about the right to some of them, by turns.
        """
        known = list(self._known)[-_MOST_KNOWN:]
        asked = known[:_WINDOW]
        lost = await self.watching.lost(self.collection_id, known, frozenset(asked)) if known else set()
        self._known = {id_: None for id_ in (*known[_WINDOW:], *asked) if id_ not in lost}
        return [id_ for id_ in known if id_ in lost]

    def _forget(self) -> None:
        early = self.since - _LATE
        self._told = {id_: change for id_, change in self._told.items() if change.at >= early}
