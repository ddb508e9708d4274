"""Ground floor, webhooks: send one delivery again because somebody asks for it.

It stays the delivery it was: the same id and the same body, so that a receiver that has had it before knows it; it is
signed anew when it is sent, and its attempts go on being counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, update

from app.db.transaction import Transaction
from app.webhooks.claims import is_free
from app.webhooks.errors import DeliveryNotFound, WebhookDisabled
from app.webhooks.tables import ACTIVE, PENDING, Webhook, WebhookDelivery


@dataclass(frozen=True, slots=True)
class Redelivery:
    """Makes deliveries of a webhook due once more."""

    transaction: Transaction

    async def ask(self, webhook: Webhook, delivery_id: str) -> WebhookDelivery:
        """Have a delivery be sent now, however it has ended; one that is being sent at this moment is left alone."""
        if webhook.status != ACTIVE:
            raise WebhookDisabled
        session, now = self.transaction.session, self.transaction.clock.now()
        row = await session.get(WebhookDelivery, delivery_id)
        if row is None or row.webhook_id != webhook.id:
            raise DeliveryNotFound
        idle = or_(WebhookDelivery.state != PENDING, is_free(now))
        due = update(WebhookDelivery).where(WebhookDelivery.id == row.id, idle)
        due = due.execution_options(synchronize_session=False)
        await session.execute(due.values(state=PENDING, due_at=now, leased_until=None))
        await session.refresh(row)
        return row
