"""Roof, HTTP: what calls went through, as far as whoever looks may know it at that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from acl.visible import Visible
from app.accounting.queries import CallPassed
from app.accounting.stages import DocumentUse
from app.db.tenancy import Glance, Reach
from app.http.visit import Visit

Uses = Mapping[str, Sequence[Visible[DocumentUse]]]  # by call


async def readable_uses(visit: Visit, calls: Sequence[CallPassed]) -> Uses:
    """The documents of each call that whoever looks may read now; the others are left out, and counted nowhere."""
    found: dict[str, Sequence[Visible[DocumentUse]]] = {}
    for tenant_id in {call.tenant_id for call in calls}:
        its = [call for call in calls if call.tenant_id == tenant_id]
        found |= await _readable_in(visit, tenant_id, its)
    return found


async def _readable_in(visit: Visit, tenant_id: str, calls: Sequence[CallPassed]) -> Uses:
    uses = [use for call in calls for use in call.stages.uses]
    seen = await visit.platform.chokepoint.filter_results_by_acl(Glance(Reach.one(tenant_id)), visit.caller, uses)
    of = {id(one.value): one for one in seen}
    return {call.id: [of[id(use)] for use in call.stages.uses if id(use) in of] for call in calls}
