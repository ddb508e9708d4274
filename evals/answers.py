"""Measuring: one answer of an assistant with all that it was made of, as it is judged and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage that was found, best first; with a number where the model was offered it."""

    document_id: str | None  # None for what is elsewhere
    document_name: str
    text: str
    quote: str
    score: float
    marker: int | None = None
    chunk_id: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What models took for something, whoever of them and whatever for."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        """Both ways."""
        return self.input_tokens + self.output_tokens

    def with_more(self, other: Spent) -> Spent:
        """This and something else."""
        return Spent(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """What an assistant said to one case, and what it was said from; both who asked and who reads may read it all."""

    text: str
    passages: Sequence[Shown]
    cited: Sequence[int] = ()  # each number in the answer, as often as it stands there
    titles: Sequence[str] = ()  # of what the answer names beside its numbers
    read: Sequence[str] = ()  # ids of documents that were read on in
    status: str = "ok"  # how looking went
    steps: Sequence[str] = ()  # kinds of what was done to find it
    searched: bool = True  # whether the assistant looks for anything
    unasked: bool = False  # whether it was said without any model
    latency_ms: float = 0.0
    first_token_ms: float | None = None

    @property
    def offered(self) -> Sequence[Shown]:
        """What the model was given."""
        return [one for one in self.passages if one.marker is not None]

    @property
    def documents(self) -> frozenset[str]:
        """Every document it was made of."""
        return frozenset({one.document_id for one in self.passages if one.document_id} | set(self.read))

    def written(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def read_from(cls, kept: Mapping[str, Any]) -> Self:
        """As it was kept; what a later version has added is left out."""
        known = {field.name for field in fields(cls)}
        said = {name: value for name, value in kept.items() if name in known}
        shown = {field.name for field in fields(Shown)}
        passages = [Shown(**{name: one[name] for name in one.keys() & shown}) for one in said.pop("passages", ())]
        return cls(passages=passages, **said)
