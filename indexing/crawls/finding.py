"""Knowing, crawls: what was found at one address, before anything is written of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexing.crawls.ledger import Met, Waiting
from indexing.crawls.pages import Page
from indexing.crawls.reasons import Reason
from indexing.crawls.tables import FETCHED, UNCHANGED, UNREAD


@dataclass(frozen=True, slots=True)
class Known:
    """The document a collection holds of an address, as it was seen last."""

    document_id: str
    sha256: str | None
    blob_key: str | None
    mime_type: str | None
    state: Mapping[str, Any]


@dataclass(slots=True)
class Finding:
    """What became of an address in its turn; whoever has one closes it."""

    row: Waiting
    verdict: str = UNREAD
    reason: Reason | str | None = None
    page: Page | None = None
    known: Known | None = None  # what is held of the address that answered
    former: Known | None = None  # what is held of the address asked, where that leads elsewhere now
    links: Sequence[Met] = field(default_factory=tuple)
    canonical: str | None = None  # where the page says it belongs, if that is elsewhere
    noindex: bool = False
    is_page: bool = False  # whether it counts against max_pages: it was asked for as content, and answered

    @property
    def answered_with(self) -> int | None:
        """The status of the answer, if there was one."""
        return None if self.page is None else self.page.status

    @property
    def bytes(self) -> int:
        """What counts against max_total_bytes."""
        return self.page.bytes if self.page is not None and self.page.reason is None else 0

    @property
    def is_content(self) -> bool:
        """Whether there is, or is still, something to keep."""
        return self.verdict in {FETCHED, UNCHANGED}

    @property
    def is_plain(self) -> bool:
        """Whether it is content of the very address that was asked, and says nothing else about where it belongs."""
        return self.is_content and self.canonical is None and not self.noindex and self.url == self.row.url

    @property
    def url(self) -> str:
        """By what its content is known: where redirects led."""
        return self.row.url if self.page is None else self.page.final_url

    @property
    def sha256(self) -> str | None:
        """The hash of its content, if it has any."""
        return self.page.body.sha256 if self.page is not None and self.page.body is not None else None

    @property
    def has_changed(self) -> bool:
        """Whether there is content that is not what is held already."""
        return self.sha256 is not None and (self.known is None or self.known.sha256 != self.sha256)

    def close(self) -> None:
        """Let go of what it brought."""
        if self.page is not None:
            self.page.close()
