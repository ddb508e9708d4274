"""Answering, personas: what an assistant would find for a question, step by step, without any answer being made.

With somebody else's eyes it shows what both may read: who asks learns nothing that they could not read themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.identity.caller import Caller
from app.inference.callable import CallableModel
from indexing.documents.found import Mention
from rag.context import Offered
from rag.conversation import asked_in
from rag.enrichment import steps_of
from rag.looking import Asker, Library, Looking
from rag.personas.values import Persona, Source
from rag.search import Retrieved
from rag.sources.gathered import Gathered, Piece, SourceFound, Step
from rag.strategies.sayable import sayable
from rag.telling import Looked, retrieval_of

_ALL_OF_IT = 100  # passages of one search: what both may read is among them


@dataclass(frozen=True, slots=True)
class BothLooking(Looking):
    """Looks with the eyes of the asker, and shows what somebody else sees too."""

    other: Looking | None = None

    async def look(self, source: Source, text: str, most: int) -> SourceFound:
        """What both find in one source."""
        if self.other is None:
            return await Looking.look(self, source, text, most)
        mine = await Looking.look(self, source, text, _ALL_OF_IT)
        theirs = await self.other.look(source, text, _ALL_OF_IT)
        both = await self.other.sees(mine.pieces) if theirs.pieces else ()
        lesser = mine if mine.status is Retrieved.DEGRADED else theirs
        status = lesser.status if both or lesser.status is Retrieved.DEGRADED else Retrieved.EMPTY
        return replace(lesser, status=status, pieces=both)

    async def sees(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Those that both may read at this moment."""
        seen = await Looking.sees(self, pieces)
        return seen if self.other is None else await self.other.sees(seen)

    async def unfinished(self, source: Source) -> Sequence[Mention]:
        """Those that both may read."""
        mine = await Looking.unfinished(self, source)
        if self.other is None:
            return mine
        return [seen.value for seen in await self.other.onlooker.sees(mine)]


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would be found, as the `retrieval` of an answer, and what a model would be given of each passage."""

    retrieval: Mapping[str, Any]
    passages: Sequence[Offered]
    gathered: Gathered


@dataclass(frozen=True, slots=True)
class Preview:
    """Looks as a call of an assistant would."""

    library: Library
    asker: Asker

    async def run(self, persona: Persona, query: str, other: Caller | None = None) -> Previewed:
        """What is found for one question; it is looked for too where an assistant's calls are not enriched."""
        model = await self._model_of(persona)
        looking = BothLooking(self.library, persona, self.asker, model, await self._with(other, persona, model))
        asked = asked_in([{"role": "user", "content": query}])
        told: list[Step] = []
        gathered = await looking.run(asked.text, told.append)
        kept = {id(piece) for piece in await looking.sees(gathered.pieces)}
        shown = [
            Offered(number, piece, piece.passage.content)
            for number, piece in enumerate((one for one in gathered.pieces if id(one) in kept), 1)
        ]
        looked = Looked(gathered, await sayable([*steps_of(asked), *gathered.steps], looking.sees))
        return Previewed(retrieval_of(looked, shown), shown, gathered)

    async def _with(self, other: Caller | None, persona: Persona, model: CallableModel | None) -> Looking | None:
        if other is None or other.user_id == self.asker.caller.user_id:
            return None
        theirs = Asker(other, self.asker.epochs)  # without a credential: what is elsewhere is not looked at for them
        return Looking(self.library, persona, theirs, model)

    async def _model_of(self, persona: Persona) -> CallableModel | None:
        """The model an assistant is published as, or the one behind it, by whose means it looks."""
        catalogue = await self.library.gateway.catalogue.snapshot(self.asker.epochs.get("catalogue"))
        published = (model for model in catalogue.models.values() if model.metadata.get("persona_id") == persona.id)
        return next(published, None) or catalogue.models.get(persona.model_slug)
