"""Roof, HTTP: budgets and how they stand."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import select

from app.accounting.book import Amount
from app.accounting.budgets import authority_of, change_budget, lift_budget, require_authority, set_budget
from app.accounting.errors import BudgetNotFound
from app.accounting.periods import end_of, start_of
from app.accounting.prices import plain
from app.accounting.queries import budget_page, spent_of
from app.accounting.tables import Budget
from app.http.envelope import Deleted, Success, success
from app.http.gate import gate
from app.http.reports import Report, ReportPageDep, report
from app.http.route import GatedRoute
from app.http.sight import budgets_in_sight, place_of
from app.http.visit import Visit, VisitDep
from app.http.wire.accounting import BudgetCreate, BudgetPatch, BudgetRead, SpentRead
from app.identity.permissions import Core

router = APIRouter(prefix="/v1/accounting/budgets", tags=["accounting"], route_class=GatedRoute)


async def _visible(request: Request, visit: Visit) -> Budget:
    """Find the budget the path names among those the caller may look at, and go on in its tenant."""
    named = Budget.id == request.path_params["budget_id"]
    budget = await visit.session.scalar(select(Budget).where(named, *budgets_in_sight(visit)))
    if budget is None:
        raise BudgetNotFound
    return budget


async def _changeable(request: Request, visit: Visit) -> Budget:
    """Find it, and refuse whoever stands below those who set it."""
    budget = await _visible(request, visit)
    require_authority(visit.caller, budget)
    if budget.tenant_id is not None:
        await visit.act_in(budget.tenant_id)
    return budget


@router.get("", operation_id="list_budgets")
@gate(Core.ACCOUNTING_TENANT)
async def list_budgets(
    visit: VisitDep,
    page: ReportPageDep,
    scope: Annotated[Literal["partner", "tenant", "user", "group"] | None, Query()] = None,
    scope_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Report[BudgetRead]:
    """List budgets and what has been spent of them."""
    conditions = budgets_in_sight(visit)
    if scope is not None:
        conditions.append(Budget.scope == scope)
    if scope_id is not None:
        conditions.append(Budget.scope_id == scope_id)
    found = await budget_page(visit.session, conditions, page)
    spent = await spent_of(visit.session, found.items, visit.transaction.clock.now())
    return report(visit, page, found, lambda budget: _read(visit, budget, spent[budget.id]))


@router.post("", operation_id="create_budget", status_code=201)
@gate(Core.BUDGETS_MANAGE, creates=True)
async def create_budget(visit: VisitDep, body: BudgetCreate) -> Success[BudgetRead]:
    """Set a budget; it counts from now on."""
    place = await place_of(visit, body.scope, body.scope_id)
    terms = body.model_dump(exclude={"scope", "scope_id"})
    budget = await set_budget(visit.transaction, place, terms, authority=authority_of(visit.caller))
    visit.record("budget.created", ("budget", budget.id), scope=budget.scope, scope_id=budget.scope_id)
    return _shown(visit, budget, Amount())


@router.get("/{budget_id}", operation_id="get_budget")
@gate(Core.ACCOUNTING_TENANT, guard=_visible)
async def get_budget(visit: VisitDep, budget_id: str) -> Success[BudgetRead]:
    """Show a budget and what has been spent of it."""
    return await _standing(visit, visit.subject)


@router.patch("/{budget_id}", operation_id="change_budget")
@gate(Core.BUDGETS_MANAGE, guard=_changeable)
async def patch_budget(visit: VisitDep, budget_id: str, body: BudgetPatch) -> Success[BudgetRead]:
    """Change a budget's name, limits or action; what has been spent stays spent."""
    budget: Budget = visit.subject
    visit.expect(budget.version)
    changes = body.model_dump(include=body.model_fields_set)
    await change_budget(visit.transaction, budget, changes)
    visit.record("budget.updated", ("budget", budget.id), fields=sorted(changes))
    return await _standing(visit, budget)


@router.delete("/{budget_id}", operation_id="delete_budget")
@gate(Core.BUDGETS_MANAGE, guard=_changeable)
async def delete_budget(visit: VisitDep, budget_id: str) -> Success[Deleted]:
    """Lift a budget."""
    budget: Budget = visit.subject
    visit.expect(budget.version)
    await lift_budget(visit.transaction, budget)
    visit.record("budget.deleted", ("budget", budget.id), scope=budget.scope, scope_id=budget.scope_id)
    return success(Deleted())


async def _standing(visit: Visit, budget: Budget) -> Success[BudgetRead]:
    spent = await spent_of(visit.session, [budget], visit.transaction.clock.now())
    return _shown(visit, budget, spent[budget.id])


def _shown(visit: Visit, budget: Budget, spent: Amount) -> Success[BudgetRead]:
    visit.etag(budget.version, f"{plain(spent.cost)}-{spent.tokens}-{spent.requests}")
    return success(_read(visit, budget, spent))


def _read(visit: Visit, budget: Budget, spent: Amount) -> BudgetRead:
    start = start_of(budget.period, visit.transaction.clock.now())
    return BudgetRead(
        id=budget.id,
        name=budget.name,
        scope=budget.scope,
        scope_id=budget.scope_id,
        partner_id=budget.partner_id,
        tenant_id=budget.tenant_id,
        period=budget.period,
        cost_limit=budget.cost_limit,
        token_limit=budget.token_limit,
        request_limit=budget.request_limit,
        hard_action=budget.hard_action,
        soft_limit_pct=budget.soft_limit_pct,
        set_by=budget.authority,
        spent=SpentRead(
            cost=spent.cost,
            tokens=spent.tokens,
            requests=spent.requests,
            period_start=budget.created_at if budget.period == "total" else start,
            period_end=end_of(budget.period, start),
        ),
        created_at=budget.created_at,
        updated_at=budget.updated_at,
    )
