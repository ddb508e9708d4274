"""Roof, HTTP: the set of cases in a path, by its id or its slug, found in the caller's scope before a body is read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request

from app.http.visit import Visit
from evals.authoring import SetAuthoring
from evals.errors import EvaluationSetNotFound
from evals.queries import SavedSet, held_set, set_of_slug

MODULE = "scaipersona"
PREFIX = "/v1/evals"
SetPath = Annotated[str, Path(alias="set_id", max_length=64, description="Id or slug of a set.")]
CasePath = Annotated[str, Path(alias="case_id", max_length=64)]
VersionQuery = Annotated[
    int | None, Query(alias="version", ge=1, le=2**31 - 1, description="Number of a version; absent, the newest.")
]


async def named_set(request: Request, visit: Visit) -> SavedSet:
    """A guard: the set of the path; whoever changes something holds it from here to the commit."""
    named = request.path_params["set_id"]
    found = await visit.session.get(SavedSet, named) or await set_of_slug(visit.session, named)
    if found is not None and visit.transaction.writes:
        found = await held_set(visit.session, found.id)
    if found is None:
        raise EvaluationSetNotFound
    return found


def set_authoring(visit: Visit) -> SetAuthoring:
    """What writes sets, as the caller."""
    return SetAuthoring(visit.transaction, visit.caller.user_id)
