"""Roof, HTTP: cut a whole collection anew, or extract its graph anew, and follow that."""

from __future__ import annotations

from fastapi import APIRouter

from acl.permission import Permission
from acl.plan import plan_access
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to, overview
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.rebuilding import RechunkCreate, RechunkRead, ReextractEstimateRead, ReextractRead
from app.identity.permissions import Matrix
from indexing.collections.access import OpenCollection
from indexing.collections.errors import GraphNotEnabled
from indexing.maintenance.graph_estimate import estimate
from indexing.maintenance.rebuilds import RECHUNK, REEXTRACT
from indexing.maintenance.rechunking import Rechunking
from indexing.maintenance.reextracting import Reextracting

_ON = "/collections/{collection_id}"
router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_to_change = collection_to(Permission.WRITE)


@router.post(f"{_ON}/re-chunk", operation_id="start_rechunk", status_code=202)
@gate(Matrix.MANAGE, guard=_to_change, creates=True, module=MODULE)
async def start_rechunk(visit: VisitDep, _: CollectionPath, said: RechunkCreate | None = None) -> Success[RechunkRead]:
    """Cut every document by what the collection says now; the old chunks answer until all the new ones are there."""
    await _rechunking(visit).start(visit.caller.user_id, is_held=bool(said and said.hold))
    return await _acted(visit, "started")


@router.get(f"{_ON}/re-chunk", operation_id="get_rechunk")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def get_rechunk(visit: VisitDep, _: CollectionPath) -> Success[RechunkRead]:
    """Show how the last re-chunk is getting on, or how it ended."""
    return success(await _rechunk(visit))


@router.post(f"{_ON}/re-chunk/pause", operation_id="pause_rechunk")
@gate(Matrix.MANAGE, guard=_to_change, module=MODULE)
async def pause_rechunk(visit: VisitDep, _: CollectionPath) -> Success[RechunkRead]:
    """Stop a re-chunk until it is resumed; what is built of it stays."""
    await _rechunking(visit).pause()
    return await _acted(visit, "paused")


@router.post(f"{_ON}/re-chunk/resume", operation_id="resume_rechunk")
@gate(Matrix.MANAGE, guard=_to_change, module=MODULE)
async def resume_rechunk(visit: VisitDep, _: CollectionPath) -> Success[RechunkRead]:
    """Let a re-chunk go on from where it was paused."""
    await _rechunking(visit).resume()
    return await _acted(visit, "resumed")


@router.post(f"{_ON}/re-chunk/cancel", operation_id="cancel_rechunk")
@gate(Matrix.MANAGE, guard=_to_change, module=MODULE)
async def cancel_rechunk(visit: VisitDep, _: CollectionPath) -> Success[RechunkRead]:
    """Give a re-chunk up: what answers now goes on to answer, and what was built is taken away."""
    await _rechunking(visit).cancel()
    return await _acted(visit, "cancelled")


@router.post(f"{_ON}/graph/re-extract", operation_id="start_graph_reextract", status_code=202)
@gate(Matrix.MANAGE, guard=_to_change, creates=True, module=MODULE)
async def start_graph_reextract(visit: VisitDep, _: CollectionPath) -> Success[ReextractRead]:
    """Extract the graph anew from every document; the old one answers until the new one is complete."""
    await _reextracting(visit).start()
    visit.record("collection.graph_reextract_started", ("collection", visit.subject.id))
    return success(await _graph(visit))


@router.get(f"{_ON}/graph/re-extract", operation_id="get_graph_reextract")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def get_graph_reextract(visit: VisitDep, _: CollectionPath) -> Success[ReextractRead]:
    """Show how the last extraction of the graph is getting on, or how it ended."""
    return success(await _graph(visit))


@router.post(f"{_ON}/graph/re-extract/cancel", operation_id="cancel_graph_reextract")
@gate(Matrix.MANAGE, guard=_to_change, module=MODULE)
async def cancel_graph_reextract(visit: VisitDep, _: CollectionPath) -> Success[ReextractRead]:
    """Give an extraction of the graph up: what answers now goes on to answer, and what was extracted is taken away."""
    await _reextracting(visit).cancel()
    visit.record("collection.graph_reextract_cancelled", ("collection", visit.subject.id))
    return success(await _graph(visit))


@router.post(f"{_ON}/graph/re-extract/estimate", operation_id="estimate_graph_reextract")
@gate(Matrix.MANAGE, guard=_to_change, module=MODULE)
async def estimate_graph_reextract(visit: VisitDep, _: CollectionPath) -> Success[ReextractEstimateRead]:
    """Say what extracting the graph anew would cost and about how long it would take, before anybody starts it."""
    opened: OpenCollection = visit.subject
    if not opened.row.graph_enabled:
        raise GraphNotEnabled
    plan = await plan_access(visit.platform.access.resolver(visit.session), visit.caller, opened.id)
    made = await estimate(visit.session, visit.platform.gateway.catalogue, opened.row, plan)
    return success(ReextractEstimateRead.of(made))


def _reextracting(visit: Visit) -> Reextracting:
    opened: OpenCollection = visit.subject
    return Reextracting(visit.transaction, visit.platform.jobs, opened.row)


def _rechunking(visit: Visit) -> Rechunking:
    opened: OpenCollection = visit.subject
    return Rechunking(visit.transaction, visit.platform.jobs, opened.row)


async def _acted(visit: Visit, deed: str) -> Success[RechunkRead]:
    visit.record(f"collection.rechunk_{deed}", ("collection", visit.subject.id))
    return success(await _rechunk(visit))


async def _rechunk(visit: Visit) -> RechunkRead:
    opened: OpenCollection = visit.subject
    seen = await overview(visit).one(opened.row)
    return RechunkRead.of(await RECHUNK.state(visit.session, opened.row), seen.rechunk)


async def _graph(visit: Visit) -> ReextractRead:
    opened: OpenCollection = visit.subject
    seen = await overview(visit).one(opened.row)
    return ReextractRead.of(await REEXTRACT.state(visit.session, opened.row), seen.graph_reextract)
