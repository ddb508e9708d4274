"""Answering, sources: what was found for an assistant, where, and what was done to find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from acl.visible import Visible
from rag.graphs.facts import EdgeSeen, NodeSeen
from rag.personas.values import Source
from rag.retrieval.passages import Passage
from rag.search import Retrieved


@dataclass(frozen=True, slots=True)
class LoosePassage:
    """A passage that is of no document of ours."""

    document_name: str
    content: str
    score: float
    page: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class DrivePassage(LoosePassage):
    """A passage of a share; ScaiDrive has shown it to the holder of the token it was asked with, and to nobody else."""


@dataclass(frozen=True, slots=True)
class WrittenFact(LoosePassage):
    """A relation that somebody wrote into a graph by hand, in a sentence: whoever may read what it is made of."""

    made_of: tuple[Visible[NodeSeen] | Visible[EdgeSeen], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage that may go into a prompt, with the source it is from."""

    source: Source
    seen: Visible[Passage] | DrivePassage | WrittenFact
    score: float  # as it was found

    @property
    def passage(self) -> Passage | LoosePassage:
        """What it says."""
        return self.seen.value if isinstance(self.seen, Visible) else self.seen

    @property
    def weighed(self) -> float:
        """By what pieces of several sources are put in order."""
        return self.score * self.source.weight


@dataclass(frozen=True, slots=True)
class SourceFound:
    """What one source gave, and how looking went there."""

    source: Source
    status: Retrieved
    pieces: Sequence[Piece] = ()
    fault: str | None = None  # the code of what failed
    reason: str | None = None  # the same in a sentence that may be shown
    unfinished: int = 0  # documents that who asks may read once they can be found; counted where nothing was


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done while looking: shown in `retrieval.steps`, and never with what a document says."""

    kind: str  # search | rewrite | expand | read | graph | fallback
    said: Mapping[str, Any] = field(default_factory=dict)  # query, found, took_ms, reason…
    made_of: Sequence[Piece] = ()  # what its words may be from: shown to nobody who may not read all of it by then


@dataclass(frozen=True, slots=True)
class Gathered:
    """What all sources gave together, best first, not more than was asked for."""

    pieces: Sequence[Piece]
    sources: Sequence[SourceFound]
    steps: Sequence[Step]
    degraded: bool = False  # a lesser way than the assistant's own had to do


class Ask(Protocol):
    """Asks all sources of one assistant as one caller: weighed, without what scores too little, nothing twice."""

    async def __call__(self, text: str, top_k: int) -> Gathered:
        """The best of all sources for one text."""
