"""Answering, personas: what somebody else would be answered from, as far as whoever asks and pays may read it too.

What is found is what the reader finds, in the reader's order; what whoever asks may not read is left out of it, so that
nobody learns through it what is hidden from them. Who may read all sees exactly what the reader would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from acl.chokepoint import AnyCandidate, AnyFact
from acl.visible import Visible
from app.clock import Clock
from app.identity.caller import Caller
from app.inference.counting import TokenCounters
from app.inference.gateway import Gateway
from rag.looking import Asker, Looking
from rag.personas.values import Source
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question_vectors import QuestionVectors
from rag.search import Retrieved
from rag.sources.gathered import Piece, SourceFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ALL_OF_IT = 100  # passages of one search: what both may read is among them


class PaidQuestions(QuestionVectors):
    """Embeds what is asked, whoever looks, on the account of one caller."""

    def __init__(self, gateway: Gateway, counters: TokenCounters, clock: Clock, payer: Caller) -> None:
        super().__init__(gateway, counters, clock)
        self._payer = payer

    async def of(self, caller: Caller, model: str, text: str, epochs: Mapping[str, int]) -> NDArray[np.float32]:
        """The vector of a question."""
        return await super().of(self._payer, model, text, epochs)


@dataclass(frozen=True, slots=True)
class BothOnlooker(Onlooker):
    """Looks with the eyes of one caller, and shows what another sees too."""

    other: Onlooker | None = None

    @property
    def eyes(self) -> tuple[Onlooker, ...]:
        """Those of both."""
        return (self,) if self.other is None else (self, *self.other.eyes)

    async def sees(self, candidates: Sequence[AnyCandidate]) -> list[Visible[AnyCandidate]]:
        """Keep what both may see at this moment."""
        seen = await Onlooker.sees(self, candidates)
        return seen if self.other is None else await self.other.sees([one.value for one in seen])

    async def sees_facts(self, facts: Sequence[AnyFact]) -> list[Visible[AnyFact]]:
        """Keep the facts that both may see, each with no more than both may see of it."""
        seen = await Onlooker.sees_facts(self, facts)
        return seen if self.other is None else await self.other.sees_facts([one.value for one in seen])


@dataclass(frozen=True, slots=True)
class ReaderLooking(Looking):
    """Looks as a reader would, for an asker who pays for it; its library embeds on the account of the asker."""

    reader: Caller | None = None

    async def look(self, source: Source, text: str, most: int) -> SourceFound:
        """What the reader finds in one source and the asker may read."""
        if self.reader is None:
            return await Looking.look(self, source, text, most)
        theirs = Looking(self.library, self.persona, Asker(self.reader, self.asker.epochs), self.model)
        found = await theirs.look(source, text, most)
        both = await self.sees(found.pieces)
        if len(both) < len(found.pieces) and most < _ALL_OF_IT:
            found = await theirs.look(source, text, _ALL_OF_IT)
            both = await self.sees(found.pieces)
        is_empty = not both and found.status is not Retrieved.DEGRADED
        return replace(found, pieces=both, status=Retrieved.EMPTY if is_empty else found.status)

    async def sees(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Those that both may read at this moment."""
        if self.reader is not None and any(not isinstance(piece.seen, Visible) for piece in pieces):
            pieces = [piece for piece in pieces if isinstance(piece.seen, Visible)]  # shown by others, to one of them
        return await Looking.sees(self, pieces)

    @property
    def onlooker(self) -> Onlooker:
        """The eyes of both, in the tenant of the assistant."""
        library, tenant_id = self.library, self.persona.tenant_id
        asker = Onlooker(library.chokepoint, library.transactions, self.asker.caller, tenant_id)
        if self.reader is None:
            return asker
        return BothOnlooker(library.chokepoint, library.transactions, self.reader, tenant_id, other=asker)
