"""Knowing, collections: how a collection's documents may be cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.errors import ValidationFailed
from app.inference.counting import LARGEST_ATOM

LARGEST_CHUNK = 32_768  # tokens: no embedding model reads more at once


@dataclass(frozen=True, slots=True)
class Cut:
    """The strategy by which texts are cut, and the tokens of a chunk and of what it repeats."""

    strategy: str
    size: int
    overlap: int

    @property
    def _least(self) -> int:
        return max(2 * self.overlap, LARGEST_ATOM)

    def giving_way(self) -> Cut:
        """The same with less overlap, where nobody chose that and it leaves no room: a tenth of a chunk at most."""
        if self.size >= max(self._least, self.overlap + LARGEST_ATOM):
            return self
        return replace(self, overlap=max(0, min(self.size // 10, self.size - LARGEST_ATOM)))

    def checked(self) -> Cut:
        """Return it, or refuse what leaves no room in a chunk for anything new."""
        if self.size < self._least:
            raise ValidationFailed.of(
                "chunk_size",
                f"must be at least {self._least} with an overlap of {self.overlap}:"
                f" twice the overlap, and {LARGEST_ATOM} tokens",
            )
        if self.size > LARGEST_CHUNK:
            raise ValidationFailed.of("chunk_size", f"must be {LARGEST_CHUNK} at most")
        return self
