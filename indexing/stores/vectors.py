"""Knowing, stores: what the platform asks of any vector store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Index:
    """The vectors of one collection; nothing can be asked of more than one tenant."""

    tenant_id: str
    collection_id: str
    name: str  # unique on the platform, letters, digits and `_`, begins with a capital letter


@dataclass(frozen=True, slots=True)
class Entry:
    """One chunk as a store keeps it."""

    chunk_id: str
    document_id: str
    generation: int
    text: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents are asked about: all but some, or only some."""

    all_except: bool
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What of an index is asked about."""

    generation: int
    documents: DocumentFilter | None = None  # None is every one
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """What a store answers with: a pointer to be looked up, never something to be shown."""

    chunk_id: str
    document_id: str
    score: float  # near: cosine similarity from -1 to 1; matching: BM25 as a share of the most it could be


class VectorStore(Protocol):
    """Keeps the vectors and words of chunks. Failures are StoreUnavailable, nothing else.

    Its answers are candidates: what it still holds of something deleted is no reason to show it, and what it has lost
    is found by counting. Writing twice is writing once. An index that is not there is empty.
    """

    async def put(self, index: Index, entries: Sequence[Entry]) -> None:
        """Keep these, in place of what had their ids; all of them are kept when this returns, or it raises."""

    async def near(self, index: Index, vector: NDArray[np.float32], scope: Scope) -> list[Hit]:
        """The chunks nearest in meaning, best first; filters are kept exactly and never cost recall."""

    async def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        """The chunks that hold words of a text, by BM25, best first; nothing if none does."""

    async def vectors(self, index: Index, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those among these chunks that are kept."""

    async def remove(self, index: Index, chunk_ids: Collection[str]) -> int:
        """Keep these no longer; says how many there were."""

    async def remove_documents(self, index: Index, document_ids: Collection[str]) -> int:
        """Keep nothing of these documents any longer; says how many chunks there were."""

    def chunk_ids(self, index: Index) -> AsyncIterator[Sequence[str]]:
        """Every chunk that is kept, some thousands at a time, in no order."""

    def outdated(self, index: Index) -> AsyncIterator[Sequence[str]]:
        """Every chunk whose words an earlier version has kept in its way, some thousands at a time: to be put again."""

    async def drop(self, index: Index) -> int:
        """Keep nothing of an index any longer; says how many chunks there were."""

    async def answers(self) -> None:
        """Return if it can be asked something now."""

    async def aclose(self) -> None:
        """Let go of files and connections."""
