"""Knowing, overview: collections with all that is shown of them, and pages of those that somebody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from acl.coarse import Coarse, coarse_of
from acl.facts import DefaultAccess
from acl.permission import EVERY_BIT, Permission, ResourceKind
from acl.ref import ResourceRef
from acl.resolver import AclResolver
from acl.tables import AccessList
from app.identity.caller import Caller
from app.paging import Page, PageRequest, cut
from indexing.collections.tables import Collection
from indexing.overview.counters import Counts, count_for

_LISTED = Permission.READ | Permission.LIST
_AT_ONCE = 500  # collections that are asked about together


class Progress(NamedTuple):
    """How many documents there are to do, and how many are done, of which some could not be."""

    total: int
    processed: int
    failed: int


@dataclass(frozen=True, slots=True)
class SeenCollection:
    """A collection as one caller sees it."""

    row: Collection
    owner_id: str | None
    default_access: DefaultAccess
    counts: Counts
    may: Coarse | None  # how far the caller's access goes
    forked_from: str | None = None  # where that is theirs to see too

    @property
    def rechunk(self) -> Progress:
        """How far its re-chunk is."""
        row = self.row
        return self._shown(Progress(row.rechunk_total, row.rechunk_processed, row.rechunk_failed))

    @property
    def graph_reextract(self) -> Progress:
        """How far its graph is extracted anew."""
        row = self.row
        numbers = (row.graph_reextract_total, row.graph_reextract_processed, row.graph_reextract_failed)
        return self._shown(Progress(*numbers))

    def _shown(self, progress: Progress) -> Progress:
        """The same in proportion to what the caller may read: how much there is besides is not theirs to know."""
        if self.counts.of_all or not progress.total:
            return progress
        seen = min(self.counts.documents, progress.total)
        share = (seen * number // progress.total for number in (progress.processed, progress.failed))
        return Progress(seen, *share)


@dataclass(frozen=True, slots=True)
class Overview:
    """Shows collections to somebody, by what is true in the transaction of the resolver's session."""

    resolver: AclResolver
    caller: Caller

    async def one(self, row: Collection) -> SeenCollection:
        """A collection its caller was let at."""
        return (await self.several([row]))[0]

    async def several(self, rows: Sequence[Collection]) -> list[SeenCollection]:
        """Some collections their caller may see: a fixed number of statements; what is gone meanwhile is left out."""
        ids = [row.id for row in rows]
        refs = [ResourceRef.collection(id_) for id_ in ids]
        found = await self.resolver.session.scalars(select(AccessList).where(AccessList.resource_id.in_(ids)))
        lists = {access.resource_id: access for access in found}
        decisions = await self.resolver.explain_many(self.caller, refs, Permission(EVERY_BIT))
        origins = {row.forked_from for row in rows if row.forked_from is not None}
        seen = frozenset[str]()
        if origins:
            wanted = {ResourceKind.COLLECTION: origins}
            seen = (await self.resolver.permitted(self.caller, wanted, Permission.READ))[ResourceKind.COLLECTION]
        counts = await count_for(self.resolver, self.caller, ids)
        return [
            SeenCollection(
                row,
                lists[row.id].owner_id,
                DefaultAccess(lists[row.id].default_access),
                counts[row.id],
                coarse_of(decision.granted),
                row.forked_from if row.forked_from in seen else None,
            )
            for row, decision in zip(rows, decisions, strict=True)
            if row.id in lists
        ]

    async def page(self, wanted: PageRequest) -> Page[SeenCollection]:
        """One page of the collections somebody may list; as full as if the others were not there."""
        page = await self.listed(wanted)
        return Page(await self.several(page.items), page.next_after)

    async def listed(self, wanted: PageRequest) -> Page[Collection]:
        """The same page without what is counted of them."""
        ids: list[str] = []
        after: str | None = wanted.after
        while len(ids) <= wanted.limit:
            some = await self._ids(wanted, after)
            ids += await self._listed(some)
            if len(some) < _AT_ONCE:
                break
            after = some[-1]
        rows = {row.id: row for row in await self._rows(ids[: wanted.limit + 1])}
        return cut([rows[id_] for id_ in ids if id_ in rows], wanted, lambda row: row.id)

    async def _ids(self, wanted: PageRequest, after: str | None) -> Sequence[str]:
        descending = wanted.order == "desc"
        asked = select(Collection.id).where(Collection.deleted_at.is_(None))
        if after is not None:
            asked = asked.where(Collection.id < after if descending else Collection.id > after)
        asked = asked.order_by(Collection.id.desc() if descending else Collection.id.asc())
        return (await self.resolver.session.scalars(asked.limit(_AT_ONCE))).all()

    async def _listed(self, ids: Sequence[str]) -> list[str]:
        permitted = await self.resolver.permitted(self.caller, {ResourceKind.COLLECTION: ids}, _LISTED)
        return [id_ for id_ in ids if id_ in permitted[ResourceKind.COLLECTION]]

    async def _rows(self, ids: Sequence[str]) -> Sequence[Collection]:
        return (await self.resolver.session.scalars(select(Collection).where(Collection.id.in_(ids)))).all()
