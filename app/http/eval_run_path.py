"""Roof, HTTP: the run in a path, found in the caller's scope before a body is read; and how a run is planned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from app.http.eval_path import MODULE
from app.http.open_streams import Right
from app.http.visit import Visit
from app.http.wire.eval_runs import MetricName
from app.identity.credentials import Admitted
from app.identity.permissions import Persona
from evals.errors import EvaluationRunNotFound, EvaluationSetNotFound
from evals.queries import SavedSet, set_of_slug
from evals.runs.showing import Runs, SavedRun, Viewing, WantedAnswers
from evals.runs.start import Launch, Planned, Planning
from evals.values import RunConfig, Stage
from rag.personas.authoring import SavedPersona
from rag.personas.errors import PersonaNotFound

IdQuery = Annotated[str | None, Query(max_length=64)]
StageQuery = Annotated[Stage | None, Query(description="Only answers that are this far; `failed` got none.")]
LeakedQuery = Annotated[bool | None, Query(description="Only answers that show what they must not, or that do not.")]
RefusedQuery = Annotated[bool | None, Query(description="Only answers that say they have found nothing, or others.")]
MetricQuery = Annotated[MetricName | None, Query(description="By this metric,")]
BelowQuery = Annotated[float | None, Query(allow_inf_nan=False, description="worth less than this.")]
RunPath = Annotated[str, Path(alias="run_id", max_length=64)]


async def _asked(reader_id: IdQuery = None, case_id: IdQuery = None, stage: StageQuery = None) -> WantedAnswers:
    return WantedAnswers(reader_id, case_id, stage)


async def _wanted(
    asked: Annotated[WantedAnswers, Depends(_asked)],
    leaked: LeakedQuery = None,
    refused: RefusedQuery = None,
    metric: MetricQuery = None,
    below: BelowQuery = None,
) -> WantedAnswers:
    return replace(asked, leaked=leaked, refused=refused, metric=metric, below=below)


WantedDep = Annotated[WantedAnswers, Depends(_wanted)]


async def named_run(request: Request, visit: Visit) -> SavedRun:
    """A guard: the run of the path; whoever changes something holds it from here to the commit."""
    found = await visit.session.get(SavedRun, request.path_params["run_id"])
    if found is None:
        raise EvaluationRunNotFound
    return await Runs(visit.session).one(found.id, hold=True) if visit.transaction.writes else found


@dataclass(frozen=True, slots=True)
class Named:
    """The persona and the set that a run is to be of."""

    persona: SavedPersona
    asked: SavedSet


async def named_in(visit: Visit, config: RunConfig) -> Named:
    """What a body names, both of the tenant acted in."""
    persona = await visit.session.get(SavedPersona, config.persona_id)
    if persona is None:
        raise PersonaNotFound
    asked = await visit.session.get(SavedSet, config.set_id) or await set_of_slug(visit.session, config.set_id)
    if asked is None:
        raise EvaluationSetNotFound
    return Named(persona, asked)


async def planned(visit: Visit, config: RunConfig) -> Planned:
    """What a run would measure, as the caller."""
    named = await named_in(visit, config)
    platform = visit.platform
    resolver = platform.access.resolver(visit.session)
    planning = Planning(visit.transaction, platform.gateway.catalogue, resolver, visit.caller, visit.tenant_id)
    return await planning.plan(config, named.persona, named.asked)


def launch(visit: Visit) -> Launch:
    """What begins runs and ends them."""
    return Launch(visit.transaction, visit.platform.jobs, visit.caller, visit.tenant_id)


def viewing(visit: Visit, run_id: str) -> Viewing:
    """The answers of a run with the eyes of the caller."""
    return Viewing(visit.session, visit.platform.chokepoint, visit.caller, run_id)


def right_to_watch(visit: Visit) -> Right:
    """Events may be told for as long as they might be asked for anew."""
    platform, tenant_id = visit.platform, visit.tenant_id

    async def recheck(admitted: Admitted) -> None:
        admitted.caller.require(Persona.VIEW)
        await platform.switchboard.require(tenant_id, MODULE)

    return Right(visit.bearer, recheck, visit.place)
