"""Ground floor, accounting: what a call went through before it was answered: times, ids and numbers; no word of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class DocumentUse:
    """How many passages of one document were found for a call, given to its model, and named in its answer."""

    document_id: str
    found: int
    offered: int
    cited: int


@dataclass(frozen=True, slots=True)
class Stages:
    """How many milliseconds each stage took, in their order, and what of which documents came through them."""

    ms: Mapping[str, int] = field(default_factory=dict)
    uses: Sequence[DocumentUse] = ()

    def kept(self) -> dict[str, Any]:
        """The same for JSON."""
        uses = [[one.document_id, one.found, one.offered, one.cited] for one in self.uses]
        return {"ms": dict(self.ms), "uses": uses}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Stages:
        """Read it back."""
        return cls(kept["ms"], [DocumentUse(*one) for one in kept["uses"]])
