"""Answering, sources: a share of ScaiDrive, searched with the token of whoever asks."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from app.errors import PlatformError
from app.modules.switchboard import Switchboard
from indexing.drive.asking import DriveAnswer, DriveAsking, DriveQuestion
from indexing.drive.errors import (
    ScaiDriveFailed,
    ScaiDriveShareNotFound,
    ScaiDriveTimedOut,
    ScaiDriveTokenExchangeFailed,
)
from indexing.drive.sayings import listed, text_of
from rag.personas.values import Source
from rag.search import Retrieved
from rag.sources.gathered import DrivePassage, Piece, SourceFound

log = structlog.get_logger("personas")
TOKENS_PER_PASSAGE = 800
_LONGEST_QUERY, _LONGEST_PASSAGE, _LONGEST_NAME, _LONGEST_URL = 4000, 20_000, 255, 2000  # characters
_SPARE, _MOST = 4, 200  # passages for each that is wanted, for what is found twice; and in all
_SECONDS = 20.0
_UNSAID = 0.5  # the score of a passage that comes without one: neither good nor bad
_NAMES = ("document_name", "file_name", "filename", "name", "title", "path", "source", "file", "document")
_HIDDEN = {403, 404, 410}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever looks, by what they came with, and the tenant whose settings say where ScaiDrive is."""

    tenant_id: str
    bearer: str | None = field(repr=False)  # None where somebody else's rights are looked through


@dataclass(frozen=True, slots=True)
class DriveSearch:
    """Searches shares. Whatever goes wrong is said in what was found, and logged; nothing is raised."""

    asking: DriveAsking
    switchboard: Switchboard

    async def run(
        self, source: Source, text: str, top_k: int, holder: Holder, *, until: float | None = None
    ) -> SourceFound:
        """The best passages of a share for a text; nobody waits longer than `until`, by the event loop's clock."""
        try:
            async with asyncio.timeout_at(until or asyncio.get_running_loop().time() + _SECONDS) as bound:
                pieces = await self._search(source, text, top_k, holder)
        except ScaiDriveTokenExchangeFailed as error:
            log.warning("persona_rag_token_exchange_error", **_named(source), reason=error.reason.name)
            return _failed(source, error)
        except PlatformError as error:
            return _told(source, error)
        except TimeoutError:
            if not bound.expired():
                raise
            return _told(source, ScaiDriveTimedOut())
        return SourceFound(source, Retrieved.OK if pieces else Retrieved.EMPTY, pieces)

    async def _search(self, source: Source, text: str, top_k: int, holder: Holder) -> Sequence[Piece]:
        settings = await self.switchboard.settings_of(holder.tenant_id, "scaipersona")
        wanted = {"query": text[:_LONGEST_QUERY], "share_id": source.place_id, "max_tokens": top_k * TOKENS_PER_PASSAGE}
        question = DriveQuestion("search/context", wanted)
        answer = await self.asking.ask(settings.get("scaidrive_base_url"), holder.bearer, question)
        found = sorted(passages_in(answer, source.name), key=lambda one: -one.score)
        return [Piece(source, one, one.score) for one in found[: min(top_k * _SPARE, _MOST)]]


def passages_in(answer: DriveAnswer, share: str) -> Iterator[DrivePassage]:
    """The passages of an answer; what has no name is the share's, what has no score keeps its place."""
    if answer.status in _HIDDEN:
        raise ScaiDriveShareNotFound
    if answer.status != 200:
        raise ScaiDriveFailed(f"ScaiDrive answered with status {answer.status}.")
    found = listed(answer.said, "chunks", "passages", "context")
    if found is None:
        raise ScaiDriveFailed("ScaiDrive's answer holds no passages.")
    for place, one in enumerate(found[:_MOST]):
        said = {"content": one} if isinstance(one, str) else one if isinstance(one, dict) else {}
        content = text_of(said, "content", "text", "chunk", "snippet")
        if content is not None:
            yield _passage(said, content, share, place)


def _passage(said: Mapping[str, Any], content: str, share: str, place: int) -> DrivePassage:
    beside = [said[name] for name in ("metadata", "document", "file") if isinstance(said.get(name), dict)]
    both = {**(beside[0] if beside else {}), **said}
    name = text_of(both, *_NAMES) or share
    url = text_of(both, "url", "web_url", "link")
    return DrivePassage(
        document_name=name[:_LONGEST_NAME],
        content=content[:_LONGEST_PASSAGE],
        score=_score(both, place),
        page=_page(both),
        url=url if url and len(url) <= _LONGEST_URL and url.startswith(("https://", "http://")) else None,
    )


def _score(said: Mapping[str, Any], place: int) -> float:
    """From 0 to 1, as a collection's are: no source is put before another by another scale."""
    for name in ("score", "similarity", "relevance", "relevance_score"):
        value = said.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return min(max(float(value), 0.0), 1.0)
    return _UNSAID - place / 10_000


def _page(said: Mapping[str, Any]) -> int | None:
    value = said.get("page", said.get("page_number"))
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _told(source: Source, error: PlatformError) -> SourceFound:
    log.warning("scaidrive_search_error", **_named(source), error=error.code, reason=error.message)
    return _failed(source, error)


def _failed(source: Source, error: PlatformError) -> SourceFound:
    return SourceFound(source, Retrieved.DEGRADED, fault=error.code, reason=error.message)


def _named(source: Source) -> dict[str, str]:
    return {"source_id": source.id, "share_id": source.place_id}
