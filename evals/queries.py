"""Measuring: find sets, their versions and their cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select

from app.db.tenancy import TenantSession
from app.paging import Page, PageRequest, cut
from evals.errors import EvaluationCaseNotFound, EvaluationSetNotFound
from evals.tables import EvalCase, EvalSet, EvalSetVersion
from evals.values import Case

SavedSet = EvalSet  # as the doors call it
SetVersion = EvalSetVersion


async def set_of_slug(session: TenantSession, slug: str) -> EvalSet | None:
    """The set of a slug within the session's tenant."""
    found: EvalSet | None = await session.scalar(select(EvalSet).where(EvalSet.slug == slug))
    return found


async def held_set(session: TenantSession, set_id: str) -> EvalSet | None:
    """The set of an id as it is by now; nobody else changes it before the commit."""
    wanted = select(EvalSet).where(EvalSet.id == set_id).with_for_update()
    found: EvalSet | None = await session.scalar(wanted.execution_options(populate_existing=True))
    return found


async def sets_page(session: TenantSession, request: PageRequest) -> Page[EvalSet]:
    """A page of the tenant's sets."""
    return await _page(session, select(EvalSet), EvalSet.id, request)


async def version_of(session: TenantSession, row: EvalSet, number: int | None = None) -> EvalSetVersion:
    """A version of a set, or its newest."""
    found = await session.get(EvalSetVersion, (row.id, row.number if number is None else number))
    if found is None:
        raise EvaluationSetNotFound("The set has no such version; one that is empty has none at all.")
    return found


async def versions_page(session: TenantSession, row: EvalSet, request: PageRequest) -> Page[EvalSetVersion]:
    """A page of a set's versions."""
    wanted = select(EvalSetVersion).where(EvalSetVersion.set_id == row.id)
    number, after = EvalSetVersion.number, request.after
    if after is not None:
        wanted = wanted.where(number < int(after) if request.order == "desc" else number > int(after))
    by = number.desc() if request.order == "desc" else number.asc()
    rows = (await session.scalars(wanted.order_by(by).limit(request.limit + 1))).all()
    return cut(rows, request, lambda one: str(one.number))


async def cases_page(session: TenantSession, row: EvalSet, number: int, request: PageRequest) -> Page[Case]:
    """A page of what a version asks, in the order of the set."""
    position = EvalCase.position
    wanted = standing_in(row.id, number)
    if request.after is not None:
        after = int(request.after)
        wanted = wanted.where(position < after if request.order == "desc" else position > after)
    by = position.desc() if request.order == "desc" else position.asc()
    rows = (await session.scalars(wanted.order_by(by).limit(request.limit + 1))).all()
    page = cut(rows, request, lambda one: str(one.position))
    return page.map(lambda one: Case.read(one.said))


async def cases_of(session: TenantSession, set_id: str, number: int) -> list[Case]:
    """All that a version asks, in the order of the set."""
    rows = await session.scalars(standing_in(set_id, number).order_by(EvalCase.position))
    return [Case.read(row.said) for row in rows]


async def case_of(session: TenantSession, row: EvalSet, number: int, case_id: str) -> Case:
    """One case of a version."""
    found = await session.scalar(standing_in(row.id, number).where(EvalCase.case_id == case_id))
    if found is None:
        raise EvaluationCaseNotFound
    return Case.read(found.said)


def standing_in(set_id: str, number: int) -> Select[EvalCase]:
    """The cases that stand in one version of a set."""
    ends = or_(EvalCase.until.is_(None), EvalCase.until > number)
    return select(EvalCase).where(EvalCase.set_id == set_id, EvalCase.since <= number, ends)


async def _page(session: TenantSession, wanted: Select[Any], key: Any, request: PageRequest) -> Page[EvalSet]:
    if request.after is not None:
        wanted = wanted.where(key < request.after if request.order == "desc" else key > request.after)
    by = key.desc() if request.order == "desc" else key.asc()
    rows: Sequence[EvalSet] = (await session.scalars(wanted.order_by(by).limit(request.limit + 1))).all()
    return cut(rows, request, lambda row: row.id)
