"""Ground floor, webhooks: everything others can ask to be told."""

from __future__ import annotations

from enum import StrEnum

PING = "ping"  # sent by a test alone; nobody subscribes to it


class Event(StrEnum):
    """What a webhook may be told of."""

    DOCUMENT_INDEXED = "scaimatrix.document.indexed"
    DOCUMENT_FAILED = "scaimatrix.document.failed"
    CRAWL_COMPLETED = "scaimatrix.crawl.completed"
    REQUEST_COMPLETED = "request.completed"
    BUDGET_SOFT_LIMIT = "budget.soft_limit_reached"
    BUDGET_HARD_LIMIT = "budget.hard_limit_reached"
