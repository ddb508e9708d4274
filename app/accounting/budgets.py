"""Ground floor, accounting: setting, changing and lifting budgets; what somebody above set, nobody below loosens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.accounting.book import Amount, rule_of
from app.accounting.errors import BudgetAboveYou
from app.accounting.tables import Budget, BudgetSpend
from app.db.transaction import Transaction
from app.errors import FieldIssue, ValidationFailed
from app.identity.caller import Caller
from app.ids import new_id

AUTHORITIES = ("tenant", "partner", "platform")  # from the least
LIMITS = ("cost_limit", "token_limit", "request_limit")
LARGEST_EMBEDDED = Decimal(9_000_000)  # SQLite keeps money in 64 bits of 10^-12


@dataclass(frozen=True, slots=True)
class Place:
    """What a budget limits, and where that belongs."""

    scope: str
    scope_id: str
    partner_id: str
    tenant_id: str | None  # None for a partner's own


def authority_of(caller: Caller) -> str:
    """With whose authority a caller sets budgets."""
    if caller.is_super_admin:
        return "platform"
    return "partner" if caller.is_partner_admin else "tenant"


def require_authority(caller: Caller, budget: Budget) -> None:
    """Refuse to touch a budget that somebody above the caller has set."""
    if AUTHORITIES.index(authority_of(caller)) < AUTHORITIES.index(budget.authority):
        raise BudgetAboveYou(budget.authority)


async def set_budget(transaction: Transaction, place: Place, terms: Mapping[str, Any], *, authority: str) -> Budget:
    """Put a budget in force; it counts from now on."""
    now = transaction.clock.now()
    budget = Budget(
        id=new_id("bud"),
        partner_id=place.partner_id,
        tenant_id=place.tenant_id,
        scope=place.scope,
        scope_id=place.scope_id,
        authority=authority,
        created_at=now,
        updated_at=now,
        **terms,
    )
    _check_limits(transaction, budget)
    transaction.session.add(budget)
    await transaction.session.flush()
    return budget


async def change_budget(transaction: Transaction, budget: Budget, changes: Mapping[str, Any]) -> None:
    """Change its terms; what has been spent stays spent, and new thresholds are told of anew."""
    spends = await _held_spends(transaction, budget)
    for name, value in changes.items():
        setattr(budget, name, value)
    _check_limits(transaction, budget)
    budget.updated_at = transaction.clock.now()
    rule = rule_of(budget)
    for spend in spends:
        spent = Amount(spend.cost, spend.tokens, spend.requests)
        spend.soft_told = spend.soft_told and rule.reached_by(spent, rule.soft_share)
        spend.hard_told = spend.hard_told and rule.reached_by(spent)
    await transaction.session.flush()


async def lift_budget(transaction: Transaction, budget: Budget) -> None:
    """Take a budget away, with what it knew."""
    await _held_spends(transaction, budget)
    await transaction.session.delete(budget)
    await transaction.session.flush()


async def _held_spends(transaction: Transaction, budget: Budget) -> list[BudgetSpend]:
    """The ledger locks what was spent before it looks at the budget; in any other order the two could deadlock."""
    query = select(BudgetSpend).where(BudgetSpend.budget_id == budget.id).order_by(BudgetSpend.period_start)
    return list(await transaction.session.scalars(query.with_for_update()))


def _check_limits(transaction: Transaction, budget: Budget) -> None:
    if all(getattr(budget, name) is None for name in LIMITS):
        issues = [FieldIssue(name, "at least one limit is needed") for name in LIMITS]
        raise ValidationFailed("A budget needs a cost, token or request limit.", details=issues)
    embedded = transaction.session.get_bind().dialect.name == "sqlite"
    if embedded and budget.cost_limit is not None and budget.cost_limit > LARGEST_EMBEDDED:
        raise ValidationFailed.of("cost_limit", f"the embedded database holds at most {LARGEST_EMBEDDED}")
