"""Answering, diagnosis: what is known of an assistant before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rag.personas.authoring import SavedPersona
from rag.personas.sources import SavedSource
from rag.personas.values import SourceType


class Verdict(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"  # may be meant so
    PROBLEM = "problem"
    UNKNOWN = "unknown"  # not to be seen from here


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the troubleshooting page, looked into."""

    id: str
    entry: str  # the page's words for what goes wrong
    verdict: Verdict
    finding: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a question found, with the caller's own rights."""

    kept: int  # passages that would reach the model
    below: int  # more of them without `rag_min_score`
    faults: Mapping[str, str] = field(default_factory=dict)  # code of what failed, by the id of the source


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the checks look at."""

    persona: SavedPersona
    sources: Sequence[SavedSource]
    tenant_slug: str
    model_found: bool
    model_enabled: bool  # whether the tenant may call the model behind it
    published_slug: str | None
    drift: Sequence[str]  # fields of the published model that are not as they would be now
    links: int  # backends the published model may be served by
    enabled: bool  # whether the tenant may call the published model
    groups: Sequence[str]  # slugs of those the published model is in, as far as the caller sees them
    readable: Mapping[str, bool]  # of collections, by the id of the source, for the caller
    uses_key: bool  # whether the caller came with an API key, which ScaiDrive takes no token for
    drive_set_up: bool
    storage_fault: str | None = None
    shares_fault: str | None = None  # code of what listing shares failed with
    tried: Tried | None = None  # None where no question was given

    @property
    def active(self) -> Sequence[SavedSource]:
        """The places it reads at present."""
        return [source for source in self.sources if source.status == "active"]

    @property
    def shares(self) -> Sequence[SavedSource]:
        """Those of them that are shares of ScaiDrive."""
        return [source for source in self.active if source.source_type == SourceType.SCAIDRIVE]
