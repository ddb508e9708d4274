"""Ground floor, accounting: how budgets stand, locked until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from sqlalchemy import Connection, Table, bindparam, func, select, update

from app.accounting.book import Amount
from app.accounting.tables import BudgetReservation, BudgetSpend
from app.db.asking import Asking
from app.db.upsert import insert_missing

_SPENDS = cast("Table", BudgetSpend.__table__)
_RESERVATIONS = cast("Table", BudgetReservation.__table__)
Key = tuple[str, datetime]  # a budget and the start of one of its periods
_SUMS = ("cost", "tokens", "requests")
_ANSWERS = (*_SUMS, "soft_told", "hard_told")

# Written once: to make a statement costs several times what it costs to run it.
_HELD = Asking(
    lambda among: (
        select(_SPENDS.c.budget_id, _SPENDS.c.period_start, *(_SPENDS.c[name] for name in _ANSWERS))
        .where(
            among(_SPENDS.c.budget_id, "budgets"),
            among(_SPENDS.c.period_start, "periods"),
        )
        .order_by(_SPENDS.c.budget_id, _SPENDS.c.period_start)
        .with_for_update()
    )
)
_KEEP = (
    update(_SPENDS)
    .where(_SPENDS.c.budget_id == bindparam("of_budget"), _SPENDS.c.period_start == bindparam("of_period"))
    .values({name: bindparam(name) for name in _ANSWERS})
)
_IN_FLIGHT = Asking(
    lambda among: (
        select(_RESERVATIONS.c.budget_id, *(func.sum(_RESERVATIONS.c[name]) for name in _SUMS))
        .where(
            among(_RESERVATIONS.c.budget_id, "budgets"),
            _RESERVATIONS.c.ends_at > bindparam("now"),
        )
        .group_by(_RESERVATIONS.c.budget_id)
    )
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been spent of a budget in one period, and who has been told."""

    spent: Amount
    soft_told: bool = False
    hard_told: bool = False


def hold(connection: Connection, keys: Collection[Key]) -> dict[Key, Standing]:
    """Read and lock the rows of these budgets, in one order for everybody; missing ones are made.

    A budget that has just gone away stands nowhere.
    """
    found = _locked(connection, keys)
    missing = sorted(set(keys) - set(found))
    if missing:
        empty = {"cost": Decimal(0), "tokens": 0, "requests": 0, "soft_told": False, "hard_told": False}
        rows = [{"budget_id": budget, "period_start": start, **empty} for budget, start in missing]
        insert_missing(connection, _SPENDS, rows)
        found = _locked(connection, keys)
    return {key: found[key] for key in keys if key in found}


def keep(connection: Connection, standings: Mapping[Key, Standing]) -> None:
    """Write down how held budgets stand now."""
    rows = [
        {
            "of_budget": budget,
            "of_period": start,
            "cost": standing.spent.cost,
            "tokens": standing.spent.tokens,
            "requests": standing.spent.requests,
            "soft_told": standing.soft_told,
            "hard_told": standing.hard_told,
        }
        for (budget, start), standing in sorted(standings.items(), key=lambda item: item[0])
    ]
    if rows:
        connection.execute(_KEEP, rows)


def reserved(connection: Connection, budget_ids: Collection[str], now: datetime) -> dict[str, Amount]:
    """What calls in flight may still spend of each budget; its standing must be held already."""
    sums = _IN_FLIGHT.put(connection, budgets=budget_ids, plain={"now": now})
    return {budget: Amount(cost, int(tokens), int(requests)) for budget, cost, tokens, requests in sums}


def _locked(connection: Connection, keys: Collection[Key]) -> dict[Key, Standing]:
    budgets, periods = {budget for budget, _ in keys}, {start for _, start in keys}
    return {
        (budget, start): Standing(Amount(cost, tokens, requests), soft, hard)
        for budget, start, cost, tokens, requests, soft, hard in _HELD.put(connection, budgets=budgets, periods=periods)
    }
