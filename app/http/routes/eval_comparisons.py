"""Roof, HTTP: two runs of sets side by side, metric by metric and case by case."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.http.document_path import RisingPageDep
from app.http.envelope import Listing, Success, listing, success
from app.http.eval_path import MODULE, PREFIX
from app.http.eval_run_path import RunPath, named_run, viewing
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.eval_comparisons import Direction, EvalComparisonRead, EvalSideRead
from app.identity.permissions import Persona
from evals.errors import EvaluationRunNotFound
from evals.runs.comparing import Comparing, compared
from evals.runs.showing import SavedRun

router = APIRouter(prefix=f"{PREFIX}/runs", tags=["evals"], route_class=GatedRoute)
BOTH = "/{run_id}/compare/{other_id}"
OtherPath = Annotated[str, Path(alias="other_id", max_length=64)]
ChangeQuery = Annotated[Direction | None, Query(description="Only cases that changed in this way.")]


async def _named_runs(request: Request, visit: Visit) -> tuple[SavedRun, SavedRun]:
    """A guard: both runs of the path."""
    other = await visit.session.get(SavedRun, request.path_params["other_id"])
    if other is None:
        raise EvaluationRunNotFound
    return await named_run(request, visit), other


@router.get(BOTH, operation_id="compare_eval_runs")
@gate(Persona.VIEW, guard=_named_runs, module=MODULE)
async def compare_runs(visit: VisitDep, run_id: RunPath, other_id: OtherPath) -> Success[EvalComparisonRead]:
    """Compare a run with a later one by the cases that both asked the same readers, with 95 % intervals.

    Whole cases are drawn again and again (a paired bootstrap, seeded by what was measured): `better` and `worse` are
    said only where that interval does not hold 0.
    """
    runs: tuple[SavedRun, SavedRun] = visit.subject
    gathered = await _comparing(visit, runs).gather()
    found = await asyncio.to_thread(compared, gathered, f"{runs[0].measured_hash}:{runs[1].measured_hash}")
    return success(EvalComparisonRead.made(*runs, found))


@router.get(f"{BOTH}/cases", operation_id="compare_eval_answers")
@gate(Persona.VIEW, guard=_named_runs, module=MODULE)
async def compare_answers(
    visit: VisitDep, run_id: RunPath, other_id: OtherPath, page: RisingPageDep, change: ChangeQuery = None
) -> Listing[EvalSideRead]:
    """List the cases that both runs asked the same readers, in the order of the second; `change` names a direction."""
    found = await _comparing(visit, visit.subject).page(change, page)
    return listing(visit, page, found, EvalSideRead.of)


def _comparing(visit: Visit, runs: tuple[SavedRun, SavedRun]) -> Comparing:
    return Comparing(viewing(visit, runs[0].id), viewing(visit, runs[1].id), runs)
