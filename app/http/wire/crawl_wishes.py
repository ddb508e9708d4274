"""Roof, HTTP shapes: what is to be crawled, how far, when, and on whose call."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from acl.grants import Grant
from app.http.envelope import Wire
from app.http.wire.collections import nullable, without_nulls
from app.http.wire.documents import UrlText
from app.http.wire.models import unsaid
from app.http.wire.names import NameText
from app.http.wire.permissions import AceCreate
from indexing.crawls.saved import Wish
from indexing.crawls.schedule import LONGEST_CRON, Day, Rhythm, Schedule
from indexing.crawls.template import MOST as MOST_ACES
from indexing.documents.naming import name_of_url

MOST_DEPTH, MOST_PAGES, MOST_BYTES = 100, 100_000, 2**40
MOST_PATTERNS, LONGEST_PATTERN = 100, 1000
LONGEST_TOGETHER = 10_000  # every address is held against every pattern
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _printable(said: str) -> str:
    if any(not letter.isprintable() for letter in said):
        raise ValueError("must hold no control characters")
    return said


def _short_together(patterns: list[str]) -> list[str]:
    if sum(map(len, patterns)) > LONGEST_TOGETHER:
        raise ValueError(f"must have at most {LONGEST_TOGETHER} characters together")
    return patterns


Depth = Annotated[int, Field(ge=0, le=MOST_DEPTH, strict=True)]
Pages = Annotated[int, Field(ge=1, le=MOST_PAGES, strict=True)]
Bytes = Annotated[int, Field(ge=1, le=MOST_BYTES, strict=True)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PATTERN), AfterValidator(_printable)]
Patterns = Annotated[
    list[Pattern],
    Field(max_length=MOST_PATTERNS, description="Globs over the whole URL: `https://example.com/docs/*`."),
    AfterValidator(_short_together),
]
DryRun = Annotated[StrictBool, Field(description="Tell what would be fetched, and keep nothing of it.")]
Grace = Annotated[int, Field(ge=0, le=1000, strict=True)]


def without_nulls_but_schedule(said: Any) -> Any:
    """What was said, without what was said to be null; that there is no schedule can only be said so."""
    kept = without_nulls(said)
    return kept | {"schedule": None} if isinstance(said, dict) and said.get("schedule", kept) is None else kept


class CrawlScheduleWrite(Wire):
    """When a crawl is to run: `day` is for weekly, `cron` for cron; of `time`, hourly takes the minutes."""

    type: Rhythm
    time: Annotated[str, StringConstraints(pattern=_TIME)] | None = None
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"
    day: Day | None = None
    cron: Annotated[str, StringConstraints(min_length=9, max_length=LONGEST_CRON)] | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if (self.cron is not None) != (self.type is Rhythm.CRON):
            raise ValueError("cron: is needed where the type is cron, and nowhere else")
        if self.day is not None and self.type is not Rhythm.WEEKLY:
            raise ValueError("day: is for type weekly alone")
        if self.time is not None and self.type is Rhythm.CRON:
            raise ValueError("time: is for the other types; a cron expression says its own")
        return self

    def meant(self) -> Schedule:
        """What was said."""
        return Schedule(self.type, self.time or "00:00", self.timezone, self.day or Day.MONDAY, self.cron or "")


class CrawlWebhookWrite(Wire):
    """Whether a signed call starts the crawl; switched on, it gets a new secret."""

    enabled: StrictBool


class CrawlAclWrite(Wire):
    """What every document of a crawl gets: entries of its own, beside or instead of what its collection gives."""

    inherit: StrictBool = True
    aces: Annotated[list[AceCreate], Field(max_length=MOST_ACES)] = Field(default_factory=list)

    def grants(self) -> list[Grant]:
        """The entries."""
        return [Grant(**{**one.model_dump(), "note": one.note or ""}) for one in self.aces]


class CrawlBounds(Wire):
    """How far a crawl goes, and what its documents get."""

    seed_url: UrlText
    max_depth: Depth = 3
    max_pages: Pages = 500
    max_total_bytes: Bytes = Field(default=50 * 2**20, description="Of all pages together, unpacked.")
    follow_external: StrictBool = False
    include_patterns: Patterns = Field(default_factory=list)
    exclude_patterns: Patterns = Field(default_factory=list)
    use_sitemap: StrictBool = False
    acl: CrawlAclWrite = Field(default_factory=CrawlAclWrite)
    grace_crawls: Grace = Field(default=3, description="In how many runs a page is gone before its document goes.")
    grace_days: Grace = Field(default=7, description="Or for how many days, whichever comes first.")

    def bounds(self) -> dict[str, Any]:
        """What was said, by the names its room has for it, but for the entries, which are looked at first."""
        said = {name: getattr(self, name) for name in CrawlBounds.model_fields if name != "acl"}
        return said | {"acl_inherit": self.acl.inherit}


class CrawlStartCreate(CrawlBounds):
    """A crawl that is to run now, once; a null is as if nothing had been said."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)

    dry_run: DryRun = False


class CrawlRunCreate(Wire):
    """How a saved crawl is to run now."""

    dry_run: DryRun = False


class CrawlCreate(CrawlBounds):
    """A crawl that is to be saved; a null is as if nothing had been said."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)

    name: NameText | None = Field(default=None, description="Without one, it is called as its seed is.")
    schedule: CrawlScheduleWrite | None = None
    webhook: CrawlWebhookWrite | None = None

    def wish(self) -> Wish:
        """What was said."""
        schedule = None if self.schedule is None else self.schedule.meant()
        listens = self.webhook is not None and self.webhook.enabled
        return Wish(
            self.bounds() | {"name": self.name or name_of_url(self.seed_url)},
            schedule,
            says_schedule=True,
            webhook=listens,
        )


class CrawlPatch(Wire):
    """What is to be another of a crawl; null takes its schedule away."""

    name: NameText = Field(default_factory=unsaid)
    seed_url: UrlText = Field(default_factory=unsaid)
    max_depth: Depth = Field(default_factory=unsaid)
    max_pages: Pages = Field(default_factory=unsaid)
    max_total_bytes: Bytes = Field(default_factory=unsaid)
    follow_external: StrictBool = Field(default_factory=unsaid)
    include_patterns: Patterns = Field(default_factory=unsaid)
    exclude_patterns: Patterns = Field(default_factory=unsaid)
    use_sitemap: StrictBool = Field(default_factory=unsaid)
    acl: CrawlAclWrite = Field(default_factory=unsaid)
    grace_crawls: Grace = Field(default_factory=unsaid)
    grace_days: Grace = Field(default_factory=unsaid)
    schedule: CrawlScheduleWrite | None = None
    webhook: CrawlWebhookWrite = Field(default_factory=unsaid)

    def wish(self) -> Wish:
        """What was said."""
        said, apart = self.model_fields_set, {"acl", "schedule", "webhook"}
        values = {name: getattr(self, name) for name in said - apart}
        values |= {"acl_inherit": self.acl.inherit} if "acl" in said else {}
        schedule = None if self.schedule is None else self.schedule.meant()
        webhook = self.webhook.enabled if "webhook" in said else None
        return Wish(values, schedule, says_schedule="schedule" in said, webhook=webhook)


class CrawlPut(CrawlPatch):
    """The same for PUT, which ignores nulls as every PUT here does, but takes a schedule away by one."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls_but_schedule)
