"""Ground floor, accounting: booking finished calls: once each, with all that follows from them, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select

from app.accounting.book import Amount, BudgetBook, BudgetRule
from app.accounting.calls import FinishedCall
from app.accounting.periods import start_of
from app.accounting.prices import plain
from app.accounting.reserving import release
from app.accounting.stages import Stages
from app.accounting.standing import Key, Standing, hold, keep
from app.accounting.tables import CallStages, UsageEvent
from app.clock import wire_time
from app.db.asking import Asking

_EVENTS = cast("Table", UsageEvent.__table__)
_BOOKED = Asking(lambda among: select(_EVENTS.c.id).where(among(_EVENTS.c.id, "calls")))
_BOOK = insert(_EVENTS)
_NOTE = insert(cast("Table", CallStages.__table__))


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing a tenant may want to be told of; the payload is what JSON can say."""

    tenant_id: str
    event: str
    payload: Mapping[str, Any]


Announce = Callable[[Connection, Sequence[Announcement]], object]


@dataclass(slots=True)
class _Booking:
    """What the calls of this batch add to one budget in one period."""

    rule: BudgetRule
    added: Amount = field(default_factory=Amount)
    last_tenant: str = ""


def settle(
    connection: Connection,
    book: BudgetBook,
    calls: Sequence[FinishedCall],
    announce: Announce,
    also_held: Collection[Key] = (),
) -> None:
    """Book the calls that are not booked yet; a call met again is left as it is.

    What the transaction goes on to ask for is `also_held`, because all of it must be taken at once.
    """
    by_id = {call.id: call for call in calls}
    for booked in _BOOKED.put(connection, calls=by_id).scalars().all():
        del by_id[booked]
    fresh = list(by_id.values())
    if not fresh:
        return
    told = _draw(connection, book, fresh, also_held)
    connection.execute(_BOOK, [call.row() for call in fresh])
    if noted := [_noted(call, call.stages) for call in fresh if call.stages is not None]:
        connection.execute(_NOTE, noted)
    limited = [call.id for call in fresh if book.drawn_on(call.scopes)]
    if limited:
        release(connection, limited)
    announce(connection, [*told, *(_completed(call) for call in fresh)])


def _draw(
    connection: Connection, book: BudgetBook, calls: Sequence[FinishedCall], also_held: Collection[Key]
) -> list[Announcement]:
    bookings = _bookings(book, calls)
    if not bookings:
        return []
    told: list[Announcement] = []
    standings: dict[Key, Standing] = {}
    held = hold(connection, {*bookings, *also_held})
    for key, booking in bookings.items():
        if key in held:
            standings[key], news = _advance(key, held[key], booking)
            told.extend(news)
    keep(connection, standings)
    return told


def _bookings(book: BudgetBook, calls: Sequence[FinishedCall]) -> dict[Key, _Booking]:
    bookings: dict[Key, _Booking] = {}
    if not book.rules:
        return bookings
    for call in calls:
        amount = Amount(call.cost, call.tokens, call.requests)
        for rule in book.drawn_on(call.scopes):
            booking = bookings.setdefault((rule.id, start_of(rule.period, call.created_at)), _Booking(rule))
            booking.added += amount
            booking.last_tenant = call.tenant_id
    return bookings


def _advance(key: Key, standing: Standing, booking: _Booking) -> tuple[Standing, list[Announcement]]:
    rule, spent = booking.rule, standing.spent + booking.added
    soft = standing.soft_told or rule.reached_by(spent, rule.soft_share)
    hard = standing.hard_told or rule.reached_by(spent)
    news = []
    for name, crossed in (("soft", soft and not standing.soft_told), ("hard", hard and not standing.hard_told)):
        if crossed:
            tenant = rule.tenant_id or booking.last_tenant
            news.append(Announcement(tenant, f"budget.{name}_limit_reached", _budget_facts(key, rule, spent)))
    return Standing(spent, soft, hard), news


def _budget_facts(key: Key, rule: BudgetRule, spent: Amount) -> dict[str, Any]:
    """What is told of a budget; how large a partner's is, and what its other tenants spent, is not the tenant's."""
    amounts = {"spent": None, "limit": None} if rule.tenant_id is None else _amounts(rule, spent)
    return {
        "budget_id": rule.id,
        "scope": rule.scope,
        "scope_id": rule.scope_id,
        "period": rule.period,
        "period_start": wire_time(key[1]),
        "hard_action": rule.hard_action,
        **amounts,
    }


def _amounts(rule: BudgetRule, spent: Amount) -> dict[str, Any]:
    return {
        "spent": {"cost": plain(spent.cost), "tokens": spent.tokens, "requests": spent.requests},
        "limit": {
            "cost": None if rule.cost_limit is None else plain(rule.cost_limit),
            "tokens": rule.token_limit,
            "requests": rule.request_limit,
        },
    }


def _noted(call: FinishedCall, stages: Stages) -> dict[str, Any]:
    return {"call_id": call.id, "tenant_id": call.tenant_id, "said": stages.kept()}


def _completed(call: FinishedCall) -> Announcement:
    """The facts of a call; nothing of what was said in it."""
    facts: dict[str, Any] = {
        "id": call.id,
        "created_at": wire_time(call.created_at),
        "request_id": call.request_id,
        "user_id": call.user_id,
        "model": call.model,
        "backend_id": call.backend_id,
        "operation": call.operation,
        "outcome": call.outcome,
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "estimated": call.estimated,
        "cost": plain(call.cost),
        "latency_ms": call.latency_ms,
        "ttft_ms": call.ttft_ms,
    }
    return Announcement(call.tenant_id, "request.completed", facts)
