"""Ground floor, accounting: deciding, in one transaction and in order, which calls still fit their budgets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, delete

from app.accounting.book import Amount, BudgetBook, BudgetRule
from app.accounting.calls import OpenCall
from app.accounting.periods import start_of
from app.accounting.standing import Key, hold, reserved
from app.accounting.tables import BudgetReservation
from app.db.asking import Asking
from app.db.upsert import insert_or_change, replaced

MARGIN = timedelta(seconds=60)  # how much longer than its time limit a call may hold what it reserved

_RESERVATIONS = cast("Table", BudgetReservation.__table__)
_RELEASE = Asking(lambda among: delete(_RESERVATIONS).where(among(_RESERVATIONS.c.call_id, "calls")))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may go ahead: not if a budget blocks it, slowly if one throttles it."""

    blocked_by: BudgetRule | None = None
    throttled_by: Sequence[BudgetRule] = ()


def decide(connection: Connection, book: BudgetBook, asked: Sequence[OpenCall], now: datetime) -> list[Verdict]:
    """Answer every call in turn; who may go ahead has its share set aside when the transaction commits."""
    keys = in_the_way(book, asked, now)
    if not keys:
        return [Verdict()] * len(asked)
    held = hold(connection, keys)
    in_flight = reserved(connection, {budget for budget, _ in keys}, now)
    taken = {budget: standing.spent + in_flight.get(budget, Amount()) for (budget, _), standing in held.items()}
    verdicts, rows = [], []
    for call in asked:
        its_rules = [rule for rule in book.binding(call.scopes) if rule.id in taken]
        verdict = _judge(call, its_rules, taken)
        verdicts.append(verdict)
        if verdict.blocked_by is None:
            for rule in its_rules:
                taken[rule.id] += Amount(call.cost, call.tokens, call.requests)
                rows.append(_reservation(call, rule, now))
    insert_or_change(connection, _RESERVATIONS, rows, {"ends_at": replaced})
    return verdicts


def in_the_way(book: BudgetBook, asked: Sequence[OpenCall], now: datetime) -> set[Key]:
    """What stands in the way of any of these calls."""
    return {(rule.id, start_of(rule.period, now)) for call in asked for rule in book.binding(call.scopes)}


def release(connection: Connection, call_ids: Collection[str]) -> None:
    """Free what calls had set aside."""
    _RELEASE.put(connection, calls=call_ids)


def sweep(connection: Connection, now: datetime) -> None:
    """Remove reservations of calls whose process is gone; they have not counted since they ended."""
    connection.execute(delete(BudgetReservation).where(BudgetReservation.ends_at <= now))


def _judge(call: OpenCall, rules: Sequence[BudgetRule], taken: dict[str, Amount]) -> Verdict:
    used_up = [rule for rule in rules if rule.used_up_for(taken[rule.id], call.requests)]
    blocking = [rule for rule in used_up if rule.hard_action == "block"]
    if blocking:
        return Verdict(blocked_by=max(blocking, key=_how_long))
    return Verdict(throttled_by=used_up)


def _how_long(rule: BudgetRule) -> int:
    """Of several budgets that block, the one that does so longest is named."""
    return ("daily", "weekly", "monthly", "total").index(rule.period)


def _reservation(call: OpenCall, rule: BudgetRule, now: datetime) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "budget_id": rule.id,
        "cost": call.cost,
        "tokens": call.tokens,
        "requests": call.requests,
        "ends_at": now + timedelta(seconds=call.timeout_seconds) + MARGIN,
    }
