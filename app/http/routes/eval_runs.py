"""Roof, HTTP: runs of sets: estimated, begun, followed, cancelled, and what every answer is worth."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from app.http.crawl_events import CrawlEvents
from app.http.document_events import number_of
from app.http.document_path import RisingPageDep
from app.http.document_right import streams_of
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.eval_events import frame_of
from app.http.eval_path import MODULE, PREFIX
from app.http.eval_run_path import RunPath, WantedDep, launch, named_run, planned, right_to_watch, viewing
from app.http.gate import gate, gate_of
from app.http.keyed import fingerprint_of, in_transaction_once, key_of
from app.http.route import GatedRoute
from app.http.streaming import EventResponse
from app.http.transacting import transaction_of
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.eval_runs import (
    EvalAnswerRead,
    EvalEstimateRead,
    EvalResume,
    EvalRunCreate,
    EvalRunRead,
    EvalRunSummaryRead,
    RunState,
)
from app.identity.permissions import Persona
from app.inference.gateway import CHAT
from evals.judging.choosing import check_judge
from evals.runs.estimating import estimated
from evals.runs.showing import Runs, SavedRun
from evals.runs.summary import gather, summaries
from indexing.crawls.progress import Told

router = APIRouter(prefix=f"{PREFIX}/runs", tags=["evals"], route_class=GatedRoute)
ONE = "/{run_id}"
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, each with an `id`", "content": {"text/event-stream": {}}},
    204: {"description": "Nothing more will come"},
}
IdQuery = Annotated[str | None, Query(max_length=64)]
StateQuery = Annotated[RunState | None, Query(description="Only those in this status.")]
LastEvent = Annotated[str | None, Header(alias="Last-Event-ID", max_length=100, description="Go on after this event.")]


@router.post("", operation_id="start_eval_run", status_code=202, response_model=Success[EvalRunRead])
@gate(Persona.TEST, creates=True, transaction=False, module=MODULE)
async def start_run(visit: VisitDep, said: EvalRunCreate) -> Response:
    """Put a set to a persona or a changed draft of it; each case is asked as its reader.

    Answers are made of what the reader and the caller may both read, and paid from the caller's budget.
    """
    key_of(visit)
    await _check_judge(visit, said)

    async def begin(_request: Request) -> Response:
        plan = await planned(visit, said.config())
        run = await launch(visit).begin(plan, said.note)
        facts = {"set_id": run.set_id, "set_version": run.set_number, "eyes": run.eyes, "judge": plan.config.judge}
        visit.record("evaluation.started", ("evaluation_run", run.id), persona_id=run.persona_id, **facts)
        for reader in plan.readers:
            if reader != visit.caller.user_id:
                visit.record("evaluation.read_as", ("evaluation_run", run.id), as_user_id=reader)
        visit.headers["Location"] = f"{PREFIX}/runs/{run.id}"
        return Response(success(EvalRunRead.of(run)).model_dump_json(), 202, media_type="application/json")

    fingerprint = fingerprint_of(visit, said.model_dump(mode="json"))
    return await in_transaction_once(visit, gate_of(start_run), fingerprint, begin)


@router.post("/estimate", operation_id="estimate_eval_run")
@gate(Persona.TEST, transaction=False, module=MODULE)
async def estimate_run(visit: VisitDep, said: EvalRunCreate) -> Success[EvalEstimateRead]:
    """Reckon what a run would take, without anything being asked."""
    await _check_judge(visit, said)
    catalogue = visit.platform.gateway.catalogue
    judge = None if said.judge is None else (await catalogue.resolve(visit.caller, said.judge, CHAT))[0]
    async with transaction_of(visit, writes=False):
        return success(EvalEstimateRead.of(await estimated(visit.session, await planned(visit, said.config()), judge)))


@router.get("", operation_id="list_eval_runs")
@gate(Persona.VIEW, module=MODULE)
async def list_runs(
    visit: VisitDep, page: PageDep, set_id: IdQuery = None, persona_id: IdQuery = None, status: StateQuery = None
) -> Listing[EvalRunRead]:
    """List the runs there were and are."""
    found = await Runs(visit.session).page(page, set_id=set_id, persona_id=persona_id, status=status)
    return listing(visit, page, found, EvalRunRead.of)


@router.get(ONE, operation_id="get_eval_run")
@gate(Persona.VIEW, guard=named_run, module=MODULE)
async def get_run(visit: VisitDep, run_id: RunPath) -> Success[EvalRunSummaryRead]:
    """Show a run with its numbers by reader and metric, each with how many answers it is of and its 95 % interval."""
    run: SavedRun = visit.subject
    gathered = await gather(viewing(visit, run.id))
    return success(EvalRunSummaryRead.made(run, await asyncio.to_thread(summaries, gathered, run.measured_hash)))


@router.get(f"{ONE}/cases", operation_id="list_eval_answers")
@gate(Persona.VIEW, guard=named_run, module=MODULE)
async def list_answers(
    visit: VisitDep, run_id: RunPath, page: RisingPageDep, wanted: WantedDep
) -> Listing[EvalAnswerRead]:
    """List answers with what they are worth, in the order of the set; what may not be read is withheld."""
    return listing(visit, page, await viewing(visit, run_id).page(wanted, page), EvalAnswerRead.of)


@router.post(f"{ONE}/cancel", operation_id="cancel_eval_run")
@gate(Persona.TEST, guard=named_run, module=MODULE)
async def cancel_run(visit: VisitDep, run_id: RunPath) -> Success[EvalRunRead]:
    """Have a run end within two seconds; what was answered stays. One that has ended stays as it is."""
    run: SavedRun = visit.subject
    if await launch(visit).cancel(run):
        visit.record("evaluation.cancelled", ("evaluation_run", run_id))
    return success(EvalRunRead.of(run))


@router.post(f"{ONE}/resume", operation_id="resume_eval_run", status_code=202)
@gate(Persona.TEST, guard=named_run, module=MODULE)
async def resume_run(visit: VisitDep, run_id: RunPath, said: EvalResume) -> Success[EvalRunRead]:
    """Have a run that was capped go on within other limits; what it has is not asked again."""
    run: SavedRun = visit.subject
    await launch(visit).go_on(run, said.caps.meant())
    visit.record("evaluation.resumed", ("evaluation_run", run_id))
    return success(EvalRunRead.of(run))


@router.delete(ONE, operation_id="delete_eval_run")
@gate(Persona.TEST, guard=named_run, module=MODULE)
async def delete_run(visit: VisitDep, run_id: RunPath) -> Success[Deleted]:
    """Keep a run no longer, nor anything that was answered in it."""
    await launch(visit).remove(visit.subject)
    visit.record("evaluation.deleted", ("evaluation_run", run_id))
    return success(Deleted())


@router.get(f"{ONE}/events", operation_id="stream_eval_run", response_class=Response, responses=_EVENTS)
@gate(Persona.VIEW, guard=named_run, transaction=False, module=MODULE)
async def stream_run(visit: VisitDep, run_id: RunPath, last_event_id: LastEvent = None) -> Response:
    """Tell how far a run is: `progress`, and in the end its status, with which it ends."""
    first = Told(visit.subject)
    after = number_of(last_event_id) if last_event_id else None
    if first.ended and after == first.changes:
        return Response(status_code=204)  # nothing more will come: browsers then stop to ask
    events = CrawlEvents(visit.platform.eval_runs, first, after, frame=frame_of)
    return EventResponse(events, streams_of(visit), right_to_watch(visit), visit.headers)


async def _check_judge(visit: Visit, said: EvalRunCreate) -> None:
    if said.judge is not None:
        await check_judge(visit.platform.gateway, visit.caller, said.judge)
