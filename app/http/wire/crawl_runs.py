"""Roof, HTTP shapes: runs of crawls, and what became of every address they met."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from app.http.envelope import Wire
from app.http.wire.revealing import Revealing
from indexing.crawls.reasons import Reason
from indexing.crawls.telling import is_reason, sentence_of
from indexing.crawls.verdicts import FoundPage

RunStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
Verdict = Literal["fetched", "unchanged", "skipped", "failed"]
Trigger = Literal["manual", "schedule", "webhook", "ad_hoc", "retry"]


def _known(said: str) -> str:
    if not is_reason(said):
        raise ValueError(f"there is no such reason; known are: {', '.join(Reason)}, and http_404 and its like")
    return said


ReasonText = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known)]
_OF_PLAN = (
    "seed_url", "max_depth", "max_pages", "max_total_bytes", "follow_external", "include_patterns", "exclude_patterns",
    "use_sitemap",
)  # fmt: skip


class CrawlJobRead(Wire):
    """A run of a crawl: what it was to do, and how far it is."""

    id: str
    collection_id: str
    crawl_id: str | None
    trigger: Trigger
    started_by: str
    dry_run: bool
    status: RunStatus
    stopped_by: str | None = Field(
        description="What ended a completed run: a limit, or why it could read nothing where it begins."
    )
    error_code: str | None
    error_message: str | None
    seed_url: str
    max_depth: int
    max_pages: int
    max_total_bytes: int
    follow_external: bool
    include_patterns: list[str]
    exclude_patterns: list[str]
    use_sitemap: bool
    pages_fetched: int
    pages_unchanged: int
    pages_skipped: int
    pages_failed: int
    pages_queued: int
    pages: int = Field(description="Answers to what was asked for as content: what counts against `max_pages`.")
    unlisted: int = Field(description="Addresses met after the ledger was full; no list names them.")
    bytes_fetched: int = Field(description="Unpacked.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a run."""
        plan: Mapping[str, Any] = row.plan
        own = {name: getattr(row, name) for name in cls.model_fields if name not in _OF_PLAN}
        return cls(**own, **{name: plan[name] for name in _OF_PLAN})


class CrawlJobListedRead(CrawlJobRead):
    """A run among those of several collections."""

    collection_name: str

    @classmethod
    def of_named(cls, row: Any, collection_name: str) -> Self:
        """Show a run of a collection that is called so."""
        return cls(**dict(CrawlJobRead.of(row)), collection_name=collection_name)


class CrawlPageRead(Revealing[FoundPage]):
    """What became of an address."""

    url: str
    verdict: Verdict
    reason: str | None
    detail: str | None = Field(description="What the reason means, and what can be done about it.")
    depth: int
    found_on: str | None
    final_url: str | None
    http_status: int | None
    mime_type: str | None
    bytes: int
    ms: int | None
    document_id: str | None
    fetched_at: datetime | None

    @classmethod
    def _shown(cls, seen: FoundPage) -> Self:
        row = seen.row
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        own["detail"] = None if row.reason is None else sentence_of(row.reason)
        return cls(**own | {"found_on": seen.found_on, "final_url": seen.final_url, "http_status": row.status})
