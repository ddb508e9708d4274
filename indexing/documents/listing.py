"""Knowing, documents: pages of what somebody may see of a collection: full ones, and never a count of the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from acl.chokepoint import Chokepoint
from acl.permission import Permission
from acl.plan import plan_access
from acl.planned import AccessPlan
from acl.visible import Visible
from app.db.tenancy import TenantSession
from app.identity.caller import Caller
from app.paging import Page, PageRequest, cut
from indexing.documents.found import FoundChunk, FoundDocument, Wanted
from indexing.documents.queries import chunks_after, documents_after, documents_among

LISTED = Permission.READ | Permission.LIST
_WINDOW = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists with the eyes of one caller; the plan says where to look, the chokepoint what is seen."""

    chokepoint: Chokepoint
    session: TenantSession
    caller: Caller

    async def page(self, wanted: Wanted, request: PageRequest) -> Page[Visible[FoundDocument]]:
        """One page of documents: as many as were asked for, if there are as many the caller may see."""
        seen: list[Visible[FoundDocument]] = []
        async for window in self._windows(wanted, request):
            seen += await self.chokepoint.filter_results_by_acl(self.session, self.caller, window, needs=LISTED)
            if len(seen) > request.limit:
                break
        return cut(seen, request, lambda document: document.value.id)

    async def chunks(self, document: FoundDocument, request: PageRequest) -> Page[Visible[FoundChunk]]:
        """One page of the passages by which a document is found now."""
        after = int(request.after) if request.after is not None and request.after.isdigit() else None
        rising = request.order == "asc"
        found = await chunks_after(self.session, document.row, after, request.limit + 1, rising=rising)
        seen = await self.chokepoint.filter_results_by_acl(self.session, self.caller, found)
        return cut(seen, request, lambda chunk: str(chunk.value.row.chunk_index))

    async def _windows(self, wanted: Wanted, request: PageRequest) -> AsyncIterator[Sequence[FoundDocument]]:
        resolver = self.chokepoint.access.resolver(self.session)
        plan = await plan_access(resolver, self.caller, wanted.collection_id, LISTED)
        if plan.all_except:
            async for window in self._all(wanted, request):
                yield window
            return
        ids = _following(plan, request)
        for start in range(0, len(ids), _WINDOW):
            yield await documents_among(self.session, wanted, ids[start : start + _WINDOW])

    async def _all(self, wanted: Wanted, request: PageRequest) -> AsyncIterator[Sequence[FoundDocument]]:
        after, size = request.after, request.limit + 1
        while True:
            window = await documents_after(self.session, wanted, after, size)
            yield window
            if len(window) < size:
                return
            after, size = window[-1].id, _WINDOW


def _following(plan: AccessPlan, request: PageRequest) -> list[str]:
    """The documents a plan names that come after what was shown before."""
    rising, after = request.order == "asc", request.after
    ids = sorted(plan.document_ids, reverse=not rising)
    return [id_ for id_ in ids if after is None or (id_ > after if rising else id_ < after)]
