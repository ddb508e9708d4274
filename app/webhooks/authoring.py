"""Ground floor, webhooks: make one, change one, take one away, try one out."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import ValidationFailed
from app.ids import new_id
from app.outbound.guard import Guard
from app.secrets import Secrets
from app.webhooks.attempt import PURPOSE, Attempts
from app.webhooks.claims import Outcome
from app.webhooks.errors import TooManyWebhooks
from app.webhooks.events import PING
from app.webhooks.signing import Message
from app.webhooks.tables import DELIVERED, FAILED, Webhook, WebhookDelivery

MOST = 100


@dataclass(frozen=True, slots=True)
class WebhookAuthoring:
    """Keeps the webhooks of a tenant."""

    transaction: Transaction
    secrets: Secrets
    guard: Guard

    def _checked(self, url: str) -> str:
        """Refuse at once what could never be called; names are looked up when they are."""
        self.guard.check_url(checked_url(url))
        return url

    async def add(self, *, tenant_id: str, url: str, events: Sequence[str], secret: str) -> Webhook:
        """Add a webhook."""
        held = await self.transaction.session.scalar(select(func.count()).where(Webhook.tenant_id == tenant_id))
        if (held or 0) >= MOST:
            raise TooManyWebhooks(MOST)
        now = self.transaction.clock.now()
        webhook = Webhook(
            id=new_id("whk"),
            tenant_id=tenant_id,
            url=self._checked(url),
            events=sorted(set(events)),
            sealed_secret=self.secrets.seal(secret, purpose=PURPOSE),
            created_at=now,
            updated_at=now,
        )
        self.transaction.session.add(webhook)
        await self.transaction.session.flush()
        return webhook

    async def change(self, webhook: Webhook, changes: dict[str, Any]) -> Webhook:
        """Change what is named: url, events, status, secret."""
        if "url" in changes:
            webhook.url = self._checked(changes["url"])
        if "events" in changes:
            webhook.events = sorted(set(changes["events"]))
        if "status" in changes:
            webhook.status = changes["status"]
        if "secret" in changes:
            webhook.sealed_secret = self.secrets.seal(changes["secret"], purpose=PURPOSE)
        webhook.updated_at = self.transaction.clock.now()
        await self.transaction.session.flush()
        return webhook

    async def remove(self, webhook: Webhook) -> None:
        """Take a webhook away with its deliveries."""
        await self.transaction.session.delete(webhook)
        await self.transaction.session.flush()


@dataclass(frozen=True, slots=True)
class WebhookTrial:
    """Sends a ping now; no transaction is open meanwhile, for the receiver may be slow."""

    transactions: Transactions
    attempts: Attempts

    async def send(self, webhook: Webhook) -> tuple[WebhookDelivery, Outcome]:
        """Send one ping, once, and keep what came of it among the webhook's deliveries."""
        now = self.attempts.clock.now()
        message = Message(new_id("whd"), PING, webhook.tenant_id, now, {"webhook_id": webhook.id})
        outcome = await self.attempts.make(message, url=webhook.url, sealed_secret=webhook.sealed_secret)
        delivery = WebhookDelivery(
            id=message.id,
            tenant_id=webhook.tenant_id,
            webhook_id=webhook.id,
            event=PING,
            payload=dict(message.data),
            state=DELIVERED if outcome.delivered else FAILED,
            attempts=1,
            due_at=now,
            last_status=outcome.status,
            last_error=outcome.error,
            created_at=now,
            delivered_at=self.attempts.clock.now() if outcome.delivered else None,
        )
        async with self.transactions.open(Reach.one(webhook.tenant_id)) as transaction:
            if await transaction.session.get(Webhook, webhook.id) is not None:
                transaction.session.add(delivery)
        return delivery, outcome


def new_secret() -> str:
    """Make a signing secret."""
    return "whsec_" + randomness.token_urlsafe(32)


def checked_url(url: str) -> str:
    """Refuse what is not a plain http or https address; where it leads is looked at when it is called."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValidationFailed.of("url", "is not a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationFailed.of("url", "must be an absolute http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValidationFailed.of("url", "must not hold a user name or password")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValidationFailed.of("url", "holds a space or a control character")
    return url
