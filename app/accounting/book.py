"""Ground floor, accounting: every budget in force, kept in memory at the epoch it was read at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain

from sqlalchemy import Connection, select

from app.accounting.tables import BUDGETS, Budget
from app.db.epochs import read_epochs


@dataclass(frozen=True, slots=True)
class Amount:
    """So much money, so many tokens, so many requests."""

    cost: Decimal = Decimal(0)
    tokens: int = 0
    requests: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.cost + other.cost, self.tokens + other.tokens, self.requests + other.requests)


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """What a budget allows."""

    id: str
    tenant_id: str | None
    scope: str
    scope_id: str
    period: str
    cost_limit: Decimal | None
    token_limit: int | None
    request_limit: int | None
    hard_action: str
    soft_limit_pct: float

    @property
    def binds(self) -> bool:
        """Whether it ever stands in a call's way."""
        return self.hard_action != "notify"

    def reached_by(self, spent: Amount, share: Decimal = Decimal(1)) -> bool:
        """Whether any of its limits, or a share of one, has been reached."""
        return self.used_up_for(spent, 1, share)

    def used_up_for(self, spent: Amount, requests: int, share: Decimal = Decimal(1)) -> bool:
        """Whether it has no room left for a call that is so many requests: an embedding is none."""
        return (
            (self.cost_limit is not None and spent.cost >= self.cost_limit * share)
            or (self.token_limit is not None and spent.tokens >= self.token_limit * share)
            or (requests > 0 and self.request_limit is not None and spent.requests >= self.request_limit * share)
        )

    @property
    def soft_share(self) -> Decimal:
        """The share of a limit at which somebody is told, exactly as it was written."""
        return Decimal(str(self.soft_limit_pct))


_TERMS = tuple(BudgetRule.__slots__)


@dataclass(frozen=True, slots=True)
class BudgetBook:
    """The budgets by the id of what they limit."""

    epoch: int = -1  # -1 is no epoch: an empty book that must be read before it is used
    rules: Mapping[str, Sequence[BudgetRule]] = field(default_factory=dict)

    def drawn_on(self, scopes: Iterable[str]) -> list[BudgetRule]:
        """Every budget a call with these scopes is booked on."""
        if not self.rules:
            return []
        return list(chain.from_iterable(self.rules.get(scope, ()) for scope in scopes))

    def binding(self, scopes: Iterable[str]) -> list[BudgetRule]:
        """Those of them that can stand in its way."""
        return [rule for rule in self.drawn_on(scopes) if rule.binds]


def rule_of(budget: Budget) -> BudgetRule:
    """What one budget allows."""
    return BudgetRule(*(getattr(budget, name) for name in _TERMS))


def book_at(connection: Connection, held: BudgetBook) -> BudgetBook:
    """The book as this transaction sees it: the one held, or a new one if it has gone stale."""
    epoch = read_epochs(connection, [BUDGETS])[BUDGETS]
    if epoch == held.epoch:
        return held
    rules: defaultdict[str, list[BudgetRule]] = defaultdict(list)
    for row in connection.execute(select(*(getattr(Budget, name) for name in _TERMS)).order_by(Budget.id)):
        rules[row.scope_id].append(BudgetRule(*row))
    return BudgetBook(epoch, dict(rules))
