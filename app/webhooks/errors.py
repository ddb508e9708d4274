"""Ground floor, webhooks: what can be wrong with one."""

from __future__ import annotations

from app.errors import NotFound


class WebhookNotFound(NotFound):
    """No such webhook, or not the caller's to see."""

    code = "WEBHOOK_NOT_FOUND"
