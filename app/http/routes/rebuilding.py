"""Roof, HTTP: cut a whole collection anew, or extract its graph anew, and follow that."""

from __future__ import annotations

from fastapi import APIRouter

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to, overview
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.rebuilding import RebuildRead, RechunkRead
from app.identity.permissions import Matrix
from indexing.collections.access import OpenCollection
from indexing.maintenance.rechunking import Rechunking, rechunk_state
from indexing.maintenance.reextracting import graph_state, start_reextract

_ON = "/collections/{collection_id}"
router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_to_change = collection_to(Permission.WRITE)


@router.post(f"{_ON}/re-chunk", operation_id="start_rechunk", status_code=202)
@gate(Matrix.MANAGE, guard=_to_change, creates=True, module=MODULE)
async def start_rechunk(visit: VisitDep, _: CollectionPath) -> Success[RechunkRead]:
    """Cut every document by what the collection says now; the old chunks answer until all the new ones are there."""
    await _rechunking(visit).start(visit.caller.user_id)
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
async def start_graph_reextract(visit: VisitDep, _: CollectionPath) -> Success[RebuildRead]:
    """Extract the graph anew from every document; refused as long as the platform keeps no graphs."""
    start_reextract(visit.subject.row)
    return success(await _graph(visit))


@router.get(f"{_ON}/graph/re-extract", operation_id="get_graph_reextract")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def get_graph_reextract(visit: VisitDep, _: CollectionPath) -> Success[RebuildRead]:
    """Show how the last extraction of the graph is getting on, or how it ended."""
    return success(await _graph(visit))


def _rechunking(visit: Visit) -> Rechunking:
    opened: OpenCollection = visit.subject
    return Rechunking(visit.transaction, visit.platform.jobs, opened.row)


async def _acted(visit: Visit, deed: str) -> Success[RechunkRead]:
    visit.record(f"collection.rechunk_{deed}", ("collection", visit.subject.id))
    return success(await _rechunk(visit))


async def _rechunk(visit: Visit) -> RechunkRead:
    opened: OpenCollection = visit.subject
    seen = await overview(visit).one(opened.row)
    return RechunkRead.of(await rechunk_state(visit.session, opened.row), seen.rechunk)


async def _graph(visit: Visit) -> RebuildRead:
    opened: OpenCollection = visit.subject
    seen = await overview(visit).one(opened.row)
    state = await graph_state(visit.session, opened.row)
    return RebuildRead(status=state.status, waiting_for=state.waiting_for, **seen.graph_reextract._asdict())
