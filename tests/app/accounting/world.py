"""Calls, budgets and ledgers of the accounting tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.accounting.book import Amount
from app.accounting.budgets import Place, set_budget
from app.accounting.calls import FinishedCall, OpenCall
from app.accounting.ledger import Ledger
from app.accounting.settling import Announcement
from app.accounting.tables import Budget, BudgetReservation, BudgetSpend, UsageEvent
from app.clock import FixedClock
from app.db.epochs import Epochs
from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.ids import new_id
from tests.world.people import Organisation

NOON = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday


@dataclass(slots=True)
class Books:
    """One organisation, its clock, and what its ledgers announced."""

    acme: Organisation
    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    news: list[Announcement] = field(default_factory=list)

    @asynccontextmanager
    async def ledger(
        self, folder: str = "journal", announce: Callable[..., object] | None = None
    ) -> AsyncIterator[Ledger]:
        """A ledger with threads and journal of its own, as another process would have."""
        platform = self.acme.running.platform
        epochs = Epochs(platform.database.lanes)
        told = announce or (lambda _connection, news: self.news.extend(news))
        ledger = Ledger(platform.database.lanes, epochs, platform.rates, self.clock, self.folder / folder, told)
        await ledger.start()
        try:
            yield ledger
        finally:
            await ledger.aclose()
            epochs.close()

    async def budget(self, scope: str = "tenant", scope_id: str = "", **terms: Any) -> Budget:
        """Set a budget; of the whole tenant unless told otherwise."""
        complete = {
            "name": "",
            "period": "monthly",
            "cost_limit": None,
            "token_limit": None,
            "request_limit": None,
            "hard_action": "block",
            "soft_limit_pct": 0.8,
        } | terms
        tenant = None if scope == "partner" else self.acme.id
        place = Place(scope, scope_id or self.acme.id, self.acme.partner_id, tenant)
        async with self.opened() as transaction:
            return await set_budget(transaction, place, complete, authority="tenant")

    def asked(self, **changed: Any) -> OpenCall:
        """A chat call about to be made by the user."""
        given: dict[str, Any] = {
            "id": new_id("use"),
            "partner_id": self.acme.partner_id,
            "tenant_id": self.acme.id,
            "user_id": self.acme.people["user"].id,
            "groups": frozenset(),
            "operation": "chat",
        }
        return OpenCall(**(given | changed))

    def finished(self, asked: OpenCall | None = None, **changed: Any) -> FinishedCall:
        """The end of a call; of one nobody asked for unless it is given."""
        asked = asked or self.asked()
        given: dict[str, Any] = {
            "id": asked.id,
            "created_at": self.clock.now(),
            "partner_id": asked.partner_id,
            "tenant_id": asked.tenant_id,
            "user_id": asked.user_id,
            "key_id": None,
            "groups": asked.groups,
            "model": "acme/small",
            "model_id": "mdl_1",
            "backend_id": "bck_1",
            "operation": asked.operation,
            "outcome": "ok",
            "input_tokens": 10,
            "output_tokens": 5,
            "estimated": False,
            "cost": Decimal(0),
            "latency_ms": 12.5,
            "ttft_ms": 3.0,
            "request_id": "req_1",
        }
        return FinishedCall(**(given | changed))

    async def spent(self, budget: Budget) -> dict[datetime, Amount]:
        """What is booked on a budget, by period."""
        async with self.opened() as transaction:
            rows = await transaction.session.scalars(select(BudgetSpend).where(BudgetSpend.budget_id == budget.id))
            return {row.period_start: Amount(row.cost, row.tokens, row.requests) for row in rows}

    async def events(self) -> Sequence[UsageEvent]:
        """Every booked call of the tenant."""
        async with self.opened() as transaction:
            return (await transaction.session.scalars(select(UsageEvent))).all()

    async def reservations(self, budget: Budget) -> int:
        """How many calls have something set aside."""
        async with self.opened() as transaction:
            query = select(BudgetReservation.call_id).where(BudgetReservation.budget_id == budget.id)
            return len((await transaction.session.scalars(query)).all())

    def told_of(self, event: str) -> list[Announcement]:
        """What was announced of one kind."""
        return [news for news in self.news if news.event == event]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Transaction]:
        """A transaction in the tenant."""
        async with self.acme.running.platform.transactions.open(Reach.one(self.acme.id)) as transaction:
            yield transaction
