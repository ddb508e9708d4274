"""Roof, HTTP shapes: webhooks and what they were told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.http.envelope import Wire
from app.webhooks.events import Event

Address = Annotated[str, Field(min_length=1, max_length=2000)]
Events = Annotated[list[Event], Field(min_length=1, max_length=len(Event))]
Secret = Annotated[str, Field(min_length=1, max_length=500)]
Status = Literal["active", "disabled"]


class WebhookCreate(Wire):
    """A webhook to be made; without a secret one is made too."""

    url: Address
    events: Events
    secret: Secret | None = None


class WebhookPatch(Wire):
    """What to change of a webhook."""

    url: Address | None = None
    events: Events | None = None
    status: Status | None = None
    secret: Secret | None = None


class WebhookRead(Wire):
    """A webhook; its secret is never shown again."""

    id: str
    url: str
    events: list[Event]
    status: Status
    created_at: datetime
    updated_at: datetime


class WebhookCreated(WebhookRead):
    """A webhook as its maker sees it: this once with the secret, if one had to be made."""

    secret: str | None


class WebhookTested(Wire):
    """What came of a ping."""

    delivery_id: str
    delivered: bool
    status: int | None
    error: str | None


class DeliveryRead(Wire):
    """One event on its way to a webhook."""

    id: str
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    due_at: datetime
    last_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None
