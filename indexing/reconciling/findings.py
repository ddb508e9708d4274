"""Knowing, reconciling: what was found, and what of it was put right."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_NAMED = 100  # documents of one finding


@dataclass(slots=True)
class VectorFindings:
    """How the vectors of one collection compare with its chunks."""

    collection_id: str
    held: int = 0
    orphaned: int = 0  # chunks the store holds and no row knows
    removed: int = 0
    lost: int = 0  # chunks that answer and that the store does not hold
    lost_of: list[str] = field(default_factory=list)  # the documents they are of
    healed: int = 0
    outdated: int = 0  # chunks whose words were kept as an earlier version did it
    read_anew: int = 0

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to be put right."""
        return self.removed == self.orphaned and self.healed >= self.lost and self.read_anew == self.outdated


@dataclass(slots=True)
class GraphFindings:
    """How the graph of one collection compares with the editions it is read out of."""

    collection_id: str
    held: int = 0
    orphaned: int = 0  # editions the store holds something of, and what it holds by hand, that no row knows
    removed: int = 0
    outdated: int = 0  # editions in layers that answer nobody
    forgotten: int = 0
    lost: int = 0  # editions that answer and what people wrote, that the store does not hold
    lost_of: list[str] = field(default_factory=list)  # the documents they are of
    healed: int = 0

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to be put right."""
        return self.removed == self.orphaned and self.forgotten == self.outdated and self.healed >= self.lost


@dataclass(slots=True)
class FileFindings:
    """How the files of one tenant compare with its documents."""

    tenant_id: str
    held: int = 0
    orphaned: int = 0  # files no document names, for more than an hour
    removed: int = 0
    missing: int = 0  # documents whose file is gone: nobody can put it back but who has it
    missing_of: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to be put right."""
        return self.removed == self.orphaned and not self.missing
