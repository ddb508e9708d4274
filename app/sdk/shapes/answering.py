"""SDK shapes: conversations with models and assistants, and the assistants themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..shape import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation(Shape):
    """A passage that a model was offered; `[1]` in an answer names the one with marker 1."""

    marker: int
    document_id: str | None
    document_name: str
    source_name: str
    chunk_id: str | None
    page: int | None
    score: float
    quote: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted(Shape):
    """How it went in one source of an assistant."""

    name: str
    status: str
    fault: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval(Shape):
    """What an assistant has found for the caller."""

    status: str  # ok, empty, partial or degraded
    steps: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[Consulted, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, and what it is from."""

    text: str
    model: str
    finish_reason: str | None
    retrieval: Retrieval | None
    annotations: tuple[Mapping[str, Any], ...]
    usage: Mapping[str, Any] | None
    raw: Mapping[str, Any] = field(repr=False, compare=False, hash=False)

    @property
    def cited(self) -> tuple[Citation, ...]:
        """The passages whose numbers stand in the text, in the order of their numbers."""
        known = self.retrieval.citations if self.retrieval else ()
        return tuple(one for one in known if f"[{one.marker}]" in self.text)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Answer:
        """Read a completion."""
        choice = (said.get("choices") or [{}])[0]
        message = choice.get("message") or {}
        looked = said.get("retrieval")
        return cls(
            text=message.get("content") or "",
            model=str(said.get("model", "")),
            finish_reason=choice.get("finish_reason"),
            retrieval=Retrieval.read(looked) if looked else None,
            annotations=tuple(message.get("annotations") or ()),
            usage=said.get("usage"),
            raw=said,
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer that comes as it is made: `text`, `status`, `retrieval`, or `end` with all of it."""

    kind: str
    text: str = ""
    retrieval: Retrieval | None = None
    answer: Answer | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona(Shape):
    """An assistant."""

    id: str
    name: str
    slug: str
    description: str
    model_slug: str
    system_prompt: str
    status: str
    published: bool
    published_slug: str | None
    rag_enabled: bool
    rag_strategy: str
    rag_search_type: str
    rag_top_k: int
    grounding: str
    created_at: datetime
    updated_at: datetime
    etag: str | None = field(default=None, compare=False)  # of the state that was read; lists do not say it


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Shape):
    """A model that may be called."""

    id: str
    slug: str
    display_name: str
    description: str
    modality: str
    status: str
    context_window: int | None
    input_price_per_mtok: str
    output_price_per_mtok: str
