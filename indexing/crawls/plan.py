"""Knowing, crawls: what is to be crawled, how far, and who may read what comes of it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from indexing.crawls.tables import Crawl


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run keeps to from its first page to its last, whatever becomes of the saved crawl meanwhile."""

    seed_url: str
    max_depth: int = 3
    max_pages: int = 500
    max_total_bytes: int = 50 * 2**20
    follow_external: bool = False
    include_patterns: Sequence[str] = ()
    exclude_patterns: Sequence[str] = ()
    use_sitemap: bool = False
    acl: Sequence[Mapping[str, Any]] = ()  # as the room's template has them
    acl_inherit: bool = True
    grace_crawls: int = 3
    grace_days: int = 7

    @classmethod
    def of_saved(cls, crawl: Crawl) -> Plan:
        """What a saved crawl says now."""
        return cls(**{field.name: getattr(crawl, field.name) for field in fields(cls)})

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Plan:
        """What a run was begun with; what older runs did not know of is as if nothing had been said."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in written.items() if name in known})

    def written(self) -> dict[str, Any]:
        """What JSON can keep."""
        said = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
