"""Ground floor, webhooks: what can be wrong with one."""

from __future__ import annotations

from app.errors import NotFound, QuotaExceeded


class WebhookNotFound(NotFound):
    """No such webhook, or not the caller's to see."""

    code = "WEBHOOK_NOT_FOUND"


class TooManyWebhooks(QuotaExceeded):
    """Every event is sent to each of them, so there is an end to how many a tenant may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A tenant may have {most} webhooks; delete one first.")
