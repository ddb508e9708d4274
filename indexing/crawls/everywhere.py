"""Knowing, crawls: runs and saved crawls of all collections that somebody may list, as one list each."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, select

from acl.permission import Permission, ResourceKind
from acl.resolver import AclResolver
from app.db.bulk import batches
from app.identity.caller import Caller
from app.paging import Page, PageRequest, cut
from indexing.collections.tables import Collection
from indexing.crawls.history import WantedRuns
from indexing.crawls.tables import Crawl, CrawlJob

Kind = TypeVar("Kind", Crawl, CrawlJob)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Lists by what is true in the transaction of the resolver's session.

    What is nobody's to list is left out before a page is cut: a page is as full as if it were not there, and how many
    statements it takes does not grow with what there is.
    """

    resolver: AclResolver
    caller: Caller

    async def runs(self, wanted: WantedRuns, request: PageRequest) -> Page[CrawlJob]:
        """A page of the runs there were and are."""
        asked = select(CrawlJob)
        for column, value in ((CrawlJob.crawl_id, wanted.crawl_id), (CrawlJob.status, wanted.status)):
            asked = asked if value is None else asked.where(column == value)
        return await self._page(CrawlJob, asked, request)

    async def saved(self, request: PageRequest) -> Page[Crawl]:
        """A page of the crawls that are saved."""
        return await self._page(Crawl, select(Crawl), request)

    async def names(self, rows: Sequence[Kind]) -> Mapping[str, str]:
        """What the collections of some rows are called, by their ids."""
        ids = {row.collection_id for row in rows}
        found = await self.resolver.session.execute(
            select(Collection.id, Collection.name).where(Collection.id.in_(ids))
        )
        return {row.id: row.name for row in found}

    async def telling_lists(self, rows: Sequence[Crawl]) -> frozenset[str]:
        """Those collections of some rows of which the caller may see who may read what."""
        return await self._permitted({row.collection_id for row in rows}, Permission.READ_PERMISSIONS)

    async def _page(self, kind: type[Kind], asked: Select[Any], request: PageRequest) -> Page[Kind]:
        newest, rows = request.order == "desc", list[Kind]()
        if request.after is not None:
            asked = asked.where(kind.id < request.after if newest else kind.id > request.after)
        asked = asked.order_by(kind.id.desc() if newest else kind.id).limit(request.limit + 1)
        for some in batches(sorted(await self._listed(kind))):
            rows += await self.resolver.session.scalars(asked.where(kind.collection_id.in_(some)))
        rows.sort(key=lambda row: row.id, reverse=newest)
        return cut(rows, request, lambda row: row.id)

    async def _listed(self, kind: type[Kind]) -> frozenset[str]:
        """The collections that have any, and that the caller may list."""
        has_any = select(kind.id).where(kind.collection_id == Collection.id).exists()
        wanted = select(Collection.id).where(Collection.deleted_at.is_(None), has_any)
        ids = (await self.resolver.session.scalars(wanted)).all()
        return await self._permitted(ids, Permission.READ | Permission.LIST)

    async def _permitted(self, ids: Some[str], permission: Permission) -> frozenset[str]:
        wanted = {ResourceKind.COLLECTION: ids}
        return (await self.resolver.permitted(self.caller, wanted, permission))[ResourceKind.COLLECTION]
