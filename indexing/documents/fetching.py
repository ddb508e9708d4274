"""Knowing, documents: what a document holds is fetched from where it is, unless nothing has changed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.tenancy import Reach
from app.errors import Kind, PlatformError
from app.jobs.work import Held
from app.outbound.client import Allowance, Opened, OutboundClient
from app.outbound.errors import Fault, OutboundFailed
from indexing.collections.queries import get_for_tenant
from indexing.documents.content import Content, ContentKeeping
from indexing.documents.naming import media_type, name_of_url
from indexing.documents.quota import room_for
from indexing.documents.status import Run, RunLost
from indexing.documents.tables import Document

_MOST_TRIES = 24  # about two hours: by then a host that does not answer is more than away
_TOTAL_SECONDS, _READ_SECONDS = 300.0, 30.0
_FOR_GOOD = {Fault.TOO_LARGE, Fault.REDIRECT_LOOP, Fault.TOO_MANY_REDIRECTS, Fault.PROTOCOL}
_LATER = {408, 425, 429}
_KNOWN = {"etag": "if-none-match", "last-modified": "if-modified-since"}
_LONGEST_MARK = 500  # of an ETag; a longer one is not sent back


class SourceRefused(PlatformError):
    """What a document is fetched from gives nothing that could be kept, and trying again will not change that."""

    code = "SOURCE_REFUSED"
    kind = Kind.INVALID


class SourceAway(PlatformError):
    """What a document is fetched from does not answer as it should now; it is asked again."""

    code = "SOURCE_AWAY"
    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a document is, and what is known of it from the last time."""

    url: str
    state: Mapping[str, Any]
    sha256: str | None

    @property
    def conditions(self) -> dict[str, str]:
        """The headers by which an unchanged page need not be sent again."""
        if self.sha256 is None:
            return {}
        return {header: self.state[name] for name, header in _KNOWN.items() if name in self.state}


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetches under the lease of whoever ingests: who loses that keeps nothing of what was fetched."""

    client: OutboundClient
    keeping: ContentKeeping
    most_bytes: int

    async def fetch(self, held: Held, run: Run) -> None:
        """Bring a document the content that is there now; raises what makes it fail, or wait."""
        source = await self._source(held)
        allowance = Allowance(_TOTAL_SECONDS, _READ_SECONDS, self.most_bytes)
        opening = self.client.open_following(source.url, headers=source.conditions, allowance=allowance)
        try:
            async with opening as answer:
                await self._take(held, run, source, answer)
        except OutboundFailed as error:
            if error.fault in _FOR_GOOD:
                raise SourceRefused(error.message) from None
            if held.attempt >= _MOST_TRIES:
                raise SourceRefused(f"{error.message} It was tried {held.attempt} times.") from None
            raise SourceAway(error.message) from None

    async def _take(self, held: Held, run: Run, source: _Source, answer: Opened) -> None:
        if answer.status == 304 and source.sha256 is not None:
            await self._note(held, run, answer, None)
            return
        _require_content(answer, held.attempt)
        parts = answer.parts
        async with self.keeping.keeping(held.tenant_id, parts, document_id=held.subject_id) as content:
            if not content.size_bytes:
                raise SourceRefused("The address answered with nothing; there is nothing to keep.")
            await self._note(held, run, answer, content if content.sha256 != source.sha256 else None)

    async def _source(self, held: Held) -> _Source:
        async with self.keeping.transactions.open(Reach.one(held.tenant_id), writes=False) as transaction:
            row = await transaction.session.get(Document, held.subject_id)
            if row is None or row.source_url is None:
                raise SourceRefused("This document comes from nowhere that could be asked again.")
            known = row.sha256 if row.blob_key is not None else None
            return _Source(row.source_url, row.source_state, known)

    async def _note(self, held: Held, run: Run, answer: Opened, content: Content | None) -> None:
        """Write down what is there now; without new content, only when it was seen."""
        async with self.keeping.transactions.open(Reach.one(held.tenant_id)) as transaction:
            await transaction.write(lambda writing: run.progress(writing, 0, 0))
            row = await transaction.session.get(Document, held.subject_id, populate_existing=True)
            if row is None:
                raise RunLost(held.subject_id)
            row.source_state = {**row.source_state, **_marks(answer), "seen_at": transaction.clock.now().isoformat()}
            if content is None:
                return
            collection = await get_for_tenant(transaction.session, row.collection_id)
            if collection is not None:
                await room_for(transaction.session, collection, content.size_bytes, instead_of=row.id)
            content.taken = True
            row.content_version += 1
            row.blob_key, row.size_bytes, row.sha256 = content.key, content.size_bytes, content.sha256
            row.mime_type = media_type(answer.headers.get("content-type"), name_of_url(row.source_url or row.name))


def _marks(answer: Opened) -> dict[str, str]:
    """What a page says of its version, to be asked by the next time."""
    said = {name: answer.headers.get(name, "") for name in _KNOWN}
    return {name: value for name, value in said.items() if 0 < len(value) <= _LONGEST_MARK}


def _require_content(answer: Opened, attempt: int) -> None:
    if answer.status == 200:
        return
    said = f"The address answered with status {answer.status}"
    if (answer.status >= 500 or answer.status in _LATER) and attempt < _MOST_TRIES:
        raise SourceAway(f"{said}.", retry_after=_seconds(answer.headers.get("retry-after", "")))
    raise SourceRefused(f"{said}; there is nothing to keep.")


def _seconds(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None
