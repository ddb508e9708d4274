"""Roof, HTTP shapes: crawls that are saved, and the calls that were to start them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from acl.facts import Effect, PrincipalType
from acl.permission import names_of
from app.http.envelope import Wire
from app.http.wire.crawl_runs import RunStatus, Trigger
from indexing.crawls.calls import Heard
from indexing.crawls.history import Run
from indexing.crawls.saved import Kept, SavedCrawl
from indexing.crawls.schedule import Day, Rhythm


class CrawlScheduleRead(Wire):
    """When a crawl runs."""

    type: Rhythm
    time: str | None
    timezone: str
    day: Day | None
    cron: str | None

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Self | None:
        """Show what was kept."""
        return None if kept is None else cls(**{name: kept.get(name) for name in cls.model_fields})


class CrawlAceRead(Wire):
    """An entry every document of a crawl gets."""

    ace_type: Effect
    principal_type: PrincipalType
    principal_id: str | None
    permissions: int
    permission_names: list[str]
    expires_at: datetime | None
    note: str | None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """Show what was kept."""
        said = {name: kept.get(name) for name in cls.model_fields}
        return cls(**said | {"permission_names": names_of(kept["permissions"]), "note": kept.get("note") or None})


class CrawlAclRead(Wire):
    """What every document of a crawl gets."""

    inherit: bool
    aces: list[CrawlAceRead]


class CrawlWebhookRead(Wire):
    """Whether a signed call starts the crawl."""

    enabled: bool


class CrawlLastRunRead(Wire):
    """The last run of a saved crawl that was no dry one, and how it ended."""

    id: str
    trigger: Trigger
    status: RunStatus
    stopped_by: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Around:
    """What is shown beside saved crawls: their last runs, and whether their reader may see who may read what."""

    last: Mapping[str, Run]
    tells_acl: bool


class CrawlRead(Wire):
    """A saved crawl; it runs with the rights of `owner_id`, who saved it or changed what it does last."""

    id: str
    collection_id: str
    owner_id: str
    name: str
    seed_url: str
    max_depth: int
    max_pages: int
    max_total_bytes: int
    follow_external: bool
    include_patterns: list[str]
    exclude_patterns: list[str]
    use_sitemap: bool
    acl: CrawlAclRead | None = Field(description="Told to who may read the permissions of the collection.")
    grace_crawls: int
    grace_days: int
    schedule: CrawlScheduleRead | None
    next_run_at: datetime | None
    last_run: CrawlLastRunRead | None
    webhook: CrawlWebhookRead
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SavedCrawl, around: Around) -> Self:
        """Show a saved crawl."""
        return cls(**_shown(row, around))


class CrawlListedRead(CrawlRead):
    """A saved crawl among those of several collections."""

    collection_name: str

    @classmethod
    def of_named(cls, row: SavedCrawl, around: Around, collection_name: str) -> Self:
        """Show a saved crawl of a collection that is called so."""
        return cls(**_shown(row, around), collection_name=collection_name)


class CrawlChangedRead(CrawlRead):
    """A saved crawl after a change: this once with the secret of its webhook, if one was made."""

    webhook_secret: str | None

    @classmethod
    def made(cls, kept: Kept, around: Around) -> Self:
        """Show what was saved."""
        return cls(**_shown(kept.row, around), webhook_secret=kept.secret)


class CrawlCallRead(Wire):
    """A call that was to start a crawl, and what became of it."""

    received_at: datetime
    verdict: Heard
    job_id: str | None


class CrawlTriggeredRead(Wire):
    """The run that a signed call started; no more is said to who can only sign."""

    id: str
    status: Literal["pending"]


def _shown(row: SavedCrawl, around: Around) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in CrawlRead.model_fields if hasattr(row, name)}
    last, acl = around.last.get(row.id), None
    if around.tells_acl:
        acl = CrawlAclRead(inherit=row.acl_inherit, aces=[CrawlAceRead.of(kept) for kept in row.acl])
    return own | {
        "last_run": None if last is None else CrawlLastRunRead.model_validate(last),
        "acl": acl,
        "schedule": CrawlScheduleRead.of(row.schedule),
        "webhook": CrawlWebhookRead(enabled=row.webhook_enabled),
    }
