"""Roof, HTTP: what somebody may do, why, what would change it, and who gains and loses before anything is saved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from acl.case import Case
from acl.inquiry import Inquiry
from acl.permission import EVERY_BIT, Permission
from acl.ref import ResourceRef
from acl.tables import AccessList
from acl.trial import Trial
from app.db.tenancy import Reach
from app.errors import PermissionDenied
from app.http.access_path import MODULE, ForceQuery, KindPath, ResourcePath, resource_for
from app.http.envelope import Success, success
from app.http.explained import told
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.explaining import EffectiveRead, ExplanationCreate, ExplanationRead, RehearsalCreate, RehearsalRead
from app.identity.permissions import Matrix

_ON = "/permissions/{type}/{id}"
router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_to_read, _to_read_list = resource_for(Permission.READ), resource_for(Permission.READ_PERMISSIONS)
UserQuery = Annotated[str | None, Query(min_length=1, max_length=64, description="Oneself, if left out.")]


async def _seen(request: Request, visit: Visit) -> AccessList:
    """Let everybody at a thing who may read it, or its list."""
    try:
        found: AccessList = await _to_read_list(request, visit)
    except PermissionDenied:
        found = await _to_read(request, visit)
    return found


@router.get(_ON + "/effective", operation_id="get_effective_permissions")
@gate(Matrix.VIEW, guard=_seen, transaction=False, module=MODULE)
async def get_effective(
    visit: VisitDep, kind: KindPath, id_: ResourcePath, user_id: UserQuery = None
) -> Success[EffectiveRead]:
    """Show all that somebody may do to it; asking about others is for those who may see its list, and is audited."""
    async with _inquiry(visit, ResourceRef(kind, id_)) as inquiry:
        await inquiry.admit(user_id)
        case = await inquiry.case(user_id, EVERY_BIT)
    await _note(visit, "acl.effective_shown", case)
    return success(EffectiveRead.of(case.ties.user_id, case.granted, suspended=not case.ties.may_come_in))


@router.post(_ON + "/explain", operation_id="explain_permission")
@gate(Matrix.VIEW, guard=_seen, transaction=False, module=MODULE)
async def post_explain(
    visit: VisitDep, kind: KindPath, id_: ResourcePath, said: ExplanationCreate
) -> Success[ExplanationRead]:
    """Say why somebody may or may not, and what would turn the answer; about oneself, or audited about others."""
    async with _inquiry(visit, ResourceRef(kind, id_)) as inquiry:
        sees_list = await inquiry.admit(said.user_id)
        case = await inquiry.case(said.user_id, said.permission)
        explanation = await inquiry.explanation(case, discreet=not sees_list)
        answer = await told(visit, inquiry, explanation, sees_list=sees_list)
    await _note(visit, "acl.explained", case, permission=said.permission)
    return success(answer)


@router.post(_ON + "/rehearse", operation_id="rehearse_permissions")
@gate(Matrix.ACCESS, guard=resource_for(Permission.CHANGE_PERMISSIONS), module=MODULE)
async def post_rehearse(
    visit: VisitDep, kind: KindPath, id_: ResourcePath, said: RehearsalCreate, *, force: ForceQuery = False
) -> Success[RehearsalRead]:
    """Tell who would gain and who would lose by some changes, made in this order; nothing is saved."""
    trial = Trial(visit.transaction, visit.caller, visit.subject, force)
    outcome = await trial.outcome(said.meant())
    rehearsal = await outcome.rehearsal()
    visit.record("acl.rehearsed", (kind, id_), changes=len(said.changes))
    return success(RehearsalRead.of(rehearsal))


@asynccontextmanager
async def _inquiry(visit: Visit, ref: ResourceRef) -> AsyncIterator[Inquiry]:
    platform = visit.platform
    async with platform.transactions.open(Reach.one(visit.tenant_id), writes=False) as transaction:
        yield Inquiry(platform.access.resolver(transaction.session), visit.caller, ref)


async def _note(visit: Visit, action: str, case: Case, **details: Any) -> None:
    """Put a question about somebody else into the trail; it is answered once that is written."""
    if case.ties.user_id == visit.caller.user_id:
        return
    target = (str(case.resource.kind), case.resource.id)
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id)) as transaction:
        visit.work_in(transaction)
        visit.record(action, target, user_id=case.ties.user_id, **details)
