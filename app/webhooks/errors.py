"""Ground floor, webhooks: what can be wrong with one."""

from __future__ import annotations

from app.errors import Kind, NotFound, PlatformError, QuotaExceeded


class WebhookNotFound(NotFound):
    """No such webhook, or not the caller's to see."""

    code = "WEBHOOK_NOT_FOUND"


class DeliveryNotFound(NotFound):
    """The webhook has no such delivery, or has it no longer: each is kept for 30 days."""

    code = "WEBHOOK_DELIVERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("The webhook has no such delivery, or has it no longer: each is kept for 30 days.")


class WebhookDisabled(PlatformError):
    """The webhook is told nothing until it is made active again."""

    code = "WEBHOOK_DISABLED"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The webhook is disabled; make it active again, then send.")


class TooManyWebhooks(QuotaExceeded):
    """Every event is sent to each of them, so there is an end to how many a tenant may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A tenant may have {most} webhooks; delete one first.")
