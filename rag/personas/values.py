"""Answering, personas: an assistant as an answer needs it, without where it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Strategy(StrEnum):
    """How an assistant looks for what it answers from."""

    SINGLE_STEP = "single_step"  # one pass over its sources
    MULTI_STEP = "multi_step"  # better questions are made of what the first pass found
    AGENTIC = "agentic"  # a model decides what is looked for, and reads


class SearchType(StrEnum):
    """How collections are searched for it."""

    VECTOR = "vector"
    KEYWORD = "keyword"
    HYBRID = "hybrid"
    COMBINED = "combined"  # hybrid, and by the graph


class StatusMode(StrEnum):
    """What is said while it looks."""

    NONE = "none"
    STANDARD = "standard"
    CUSTOM = "custom"


class Grounding(StrEnum):
    """What it answers where nothing readable was found."""

    PERMISSIVE = "permissive"  # what its model knows
    STRICT = "strict"  # that it has found nothing


class SourceType(StrEnum):
    """What kind of place it reads."""

    COLLECTION = "collection"
    SCAIDRIVE = "scaidrive"


@dataclass(frozen=True, slots=True)
class Source:
    """A place an assistant reads, with the rights of whoever asks; only active ones come so far."""

    id: str
    kind: SourceType
    place_id: str  # of a collection or a share
    name: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Persona:
    """An assistant."""

    id: str
    tenant_id: str
    name: str
    slug: str
    model_slug: str  # of the model behind it
    rag_enabled: bool = False
    strategy: Strategy = Strategy.SINGLE_STEP
    top_k: int = 5
    min_score: float | None = None  # on scores as they were found, before weights
    template: str = "$context"
    search_type: SearchType = SearchType.VECTOR
    status_mode: StatusMode = StatusMode.STANDARD
    status_messages: Mapping[str, str] = field(default_factory=dict)
    grounding: Grounding = Grounding.PERMISSIVE
    sources: tuple[Source, ...] = ()
