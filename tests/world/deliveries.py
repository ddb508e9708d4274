"""What a webhook was told long before a test, put there by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.db.tenancy import Reach
from app.ids import new_id
from app.webhooks.tables import DELIVERED, WebhookDelivery
from tests.world.people import Organisation

HOUR = timedelta(hours=1)


async def delivery(organisation: Organisation, webhook_id: str, **said: Any) -> str:
    """One that was taken an hour ago, unless something else is said of it; its id."""
    made = new_id("whd")
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        then = transaction.clock.now() - HOUR
        row = {"event": "request.completed", "payload": {"n": 1}, "state": DELIVERED, "attempts": 1}
        times = {"due_at": then, "created_at": then, "delivered_at": then}
        whose = {"id": made, "tenant_id": organisation.id, "webhook_id": webhook_id}
        transaction.session.add(WebhookDelivery(**{**whose, **row, **times, **said}))
    return made
