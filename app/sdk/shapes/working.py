"""SDK shapes: crawls, evaluations, what all of it took, and the trail of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..shape import Shape

CRAWL_ENDS = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlJob(Shape):
    """One run of a crawl."""

    id: str
    collection_id: str
    crawl_id: str | None
    seed_url: str
    status: str
    pages: int
    pages_fetched: int
    pages_unchanged: int
    pages_skipped: int
    pages_failed: int
    pages_queued: int
    bytes_fetched: int
    max_pages: int
    max_depth: int
    dry_run: bool
    stopped_by: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status in CRAWL_ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlPage(Shape):
    """What became of one address."""

    url: str
    verdict: str
    reason: str | None
    detail: str | None
    document_id: str | None
    http_status: int | None
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageEntry(Shape):
    """What one call took."""

    id: str
    request_id: str
    model: str
    operation: str
    outcome: str
    user_id: str
    backend_id: str | None
    input_tokens: int
    output_tokens: int
    cost: str
    latency_ms: float
    ttft_ms: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStage(Shape):
    """How long a call was at one thing."""

    stage: str
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentUse(Shape):
    """A document that you may read, and how many of its passages came how far."""

    document_id: str
    found: int
    offered: int
    cited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStages(Shape):
    """What a call of an assistant went through."""

    call_id: str
    request_id: str
    model: str
    created_at: datetime
    stages: tuple[CallStage, ...]
    documents: tuple[DocumentUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSum(Shape):
    """What calls of a period took."""

    key: str | None
    period_start: datetime
    requests: int
    input_tokens: int
    output_tokens: int
    cost: str
    average_latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSummary(Shape):
    """What calls took, summed up."""

    group_by: str
    period: str
    items: tuple[UsageSum, ...]
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent(Shape):
    """One thing that was done or refused."""

    id: str
    request_id: str
    action: str
    outcome: str
    actor_id: str | None
    target_type: str | None
    target_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSet(Shape):
    """Cases that are asked together."""

    id: str
    name: str
    slug: str
    version: int | None
    case_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRun(Shape):
    """A set that is put, or was put, to an assistant."""

    id: str
    set_id: str
    persona_id: str
    status: str
    total: int
    done: int
    answered: int
    failed: int
    leaks: int
    tokens: int
    waiting_for: str | None
    finished_at: datetime | None
