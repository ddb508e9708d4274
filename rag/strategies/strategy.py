"""Answering, strategies: what every way of looking is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.inference.ports import Completion
from rag.personas.values import Persona
from rag.sources.gathered import Ask, Gathered, Piece, Step

Tell = Callable[[Step], None]


class Mind(Protocol):
    """The model of an assistant, asked on behalf of who asks the assistant, and metered as the assistant's."""

    @property
    def writes(self) -> bool:
        """Whether it writes words of its own: a model that only quotes makes no better question of one."""

    @property
    def calls_tools(self) -> bool:
        """Whether it says to call tools."""

    @property
    def window(self) -> int:
        """Tokens of what it reads and writes at once."""

    async def answer(self, fields: Mapping[str, Any]) -> Completion:
        """Answer these fields as they are: without the assistant's prompt, its parameters and its sources."""


class Sees(Protocol):
    """Asks the chokepoint once more."""

    async def __call__(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Those that the caller may read at this moment, in their order."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a graph says, in a sentence, and the pieces of which its reader may read all that it is made of."""

    said: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Passages of one document in their order."""

    pieces: Sequence[Piece]
    next_start: int | None = None  # where it goes on


class Shelf(Protocol):
    """What an assistant's sources hold, read on as one caller; what is in none of its sources is not there."""

    async def document(self, document_id: str, start: int, most: int) -> Page | None:
        """Passages of a document from a place on; None if it is not there for the caller."""

    async def facts(self, text: str, most: int) -> Sequence[Fact] | None:
        """What the graphs of its sources say about what a text names; None if there is no graph to ask."""


class NothingMore:
    """A shelf for who has only search."""

    async def document(self, document_id: str, start: int, most: int) -> Page | None:
        """It is not there."""
        return None

    async def facts(self, text: str, most: int) -> Sequence[Fact] | None:
        """There is no graph."""
        return None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much looking there may be for one answer."""

    queries: int = 4  # that one rewriting may make
    rewriting_seconds: float = 15.0
    turns: int = 6  # of an agent with its model; in the last one it has no tools any more
    calls: int = 8  # of tools
    agent_tokens: int = 48_000  # that all its turns may take together
    agent_seconds: float = 45.0
    shown: int = 10_000  # characters of passages that one look shows a model


def _to_nobody(_step: Step) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Means:
    """What a way of looking has beside its sources' search."""

    mind: Mind
    sees: Sees
    shelf: Shelf = field(default_factory=NothingMore)
    tell: Tell = _to_nobody  # what is being done, when it begins, for who waits
    bounds: Bounds = field(default_factory=Bounds)


class RetrievalStrategy(Protocol):
    """Looks for what answers a question.

    It raises nothing of what its model or its tools fail with: it does with less, and says so in its steps.
    """

    async def retrieve(self, question: str, persona: Persona, ask: Ask, means: Means) -> Gathered:
        """The best of all that was found, at most `persona.top_k` pieces."""
