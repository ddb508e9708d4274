"""Answering, strategies: where an agent lays down what it looks up: numbered, counted, and no more than is allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.errors import PlatformError
from rag.personas.values import Persona
from rag.sources.gathered import Ask, Gathered, Piece, Step
from rag.strategies.fusing import fused, key_of, together, without_echoes
from rag.strategies.numbered import Numbered
from rag.strategies.rewriting import LONGEST, clean
from rag.strategies.showing import Fence, Shown, readable
from rag.strategies.strategy import Fact, Means

_AT_ONCE = 5  # passages of a document: each is then shown whole, as collections are mostly cut
_MOST_FACTS, _LONGEST_FACT = 20, 300
_NOTHING_LEFT = "You have used up your calls. Finish now with what you have."
_NO_DOCUMENT = "There is no such document among your sources."


class RightsChanged(Exception):
    """Something an agent was shown is its caller's no more."""


@dataclass(slots=True)
class Desk:
    """What one agent may do for one question: nothing but look, as its caller, in the assistant's sources."""

    persona: Persona
    ask: Ask
    means: Means
    fence: Fence = field(default_factory=Fence)
    steps: list[Step] = field(default_factory=list)
    searches: dict[str, Gathered] = field(default_factory=dict)  # by what was asked
    passes: list[Sequence[Piece]] = field(default_factory=list)  # of all kinds
    calls: int = 0
    numbered: Numbered = field(init=False)

    def __post_init__(self) -> None:
        self.numbered = Numbered(self.fence, self.means.bounds.shown)

    async def search(self, query: object = None) -> str:
        """Search the sources for a text."""
        text = _text(query)
        if not text:
            return 'Say what to search for: {"query": "…"}.'
        if text in self.searches:
            return "You have searched for exactly this already."
        return await self._counted("search", {"query": text}, self._search, text)

    async def read_document(self, document_id: object = None, start: object = None) -> str:
        """Read on in a document."""
        named = self.numbered.document(_text(document_id))
        place = start if isinstance(start, int) and start >= 0 else self.numbered.place_in(named)
        return await self._counted("read", {"document_id": named}, self._read, named, place)

    async def graph_search(self, query: object = None) -> str:
        """Look up what is known of things that a text names."""
        text = _text(query)
        if not text:
            return 'Say what to look up: {"query": "…"}.'
        return await self._counted("graph", {"query": text}, self._relations, text)

    async def check(self) -> None:
        """Raise RightsChanged if something that was shown may not be read any more."""
        if self._seen and len(await self.means.sees(self._seen)) < len(self._seen):
            raise RightsChanged

    def gathered(self, named: Sequence[int] = ()) -> Gathered:
        """What it found, as one: first what the agent has named, then the best of the rest."""
        least, most = self.persona.min_score, self.persona.top_k
        chosen = [self.numbered.by_number[number] for number in named if number in self.numbered.by_number]
        every = [piece for piece in [*chosen, *fused(self.passes, most)] if least is None or piece.score >= least]
        unlike = {key_of(piece): piece for piece in every}
        return together(list(self.searches.values()), without_echoes(unlike.values())[:most], self.steps)

    async def look(self, text: str) -> Sequence[Piece]:
        """One pass over all sources."""
        made_of = self._seen
        found = self.searches[text] = await self.ask(text, self.persona.top_k)
        self.steps += [replace(step, made_of=made_of) for step in found.steps]
        self.passes.append(found.pieces)
        return found.pieces

    @property
    def _seen(self) -> tuple[Piece, ...]:
        """What the agent has been shown by now: what it says may be made of it."""
        return tuple(self.numbered.by_number.values())

    async def _search(self, text: str) -> str:
        return self.numbered.show(await self.look(text))

    async def _read(self, document_id: str, start: int) -> str:
        page = await self.means.shelf.document(document_id, start, _AT_ONCE)
        pieces = list(await self.means.sees(page.pieces)) if page else []
        self._did("read", {"document_id": document_id, "found": len(pieces)})
        if page is None or not pieces:
            return _NO_DOCUMENT
        goes_on = "" if page.next_start is None else f"\nIt goes on at start {page.next_start}."
        return self.numbered.show([self.numbered.scored(piece) for piece in pieces]) + goes_on

    async def _relations(self, text: str) -> str:
        facts = await self._seen_facts(await self.means.shelf.facts(text, _MOST_FACTS))
        self._did("graph", {"query": text, "found": len(facts or ())})
        if not facts:
            return "Nothing is known of that." if facts is not None else "None of your sources has a graph."
        of_key = {key_of(piece): self.numbered.scored(piece) for fact in facts for piece in fact.pieces}
        pieces = list(of_key.values())
        self.passes.append(pieces)
        passages = self.numbered.show(pieces)
        said = self.numbered.material(Shown(self.fence, [readable(self._fact(fact)) for fact in facts], "\n"))
        return f"{said}\n{passages}"

    async def _seen_facts(self, facts: Sequence[Fact] | None) -> list[Fact] | None:
        """Those of which everything may be read that they are made of."""
        if facts is None:
            return None
        seen = {key_of(piece) for piece in await self.means.sees([piece for fact in facts for piece in fact.pieces])}
        return [fact for fact in facts if seen.issuperset(map(key_of, fact.pieces))]

    def _fact(self, fact: Fact) -> str:
        numbers = "".join(f"[{self.numbered.number(piece)}]" for piece in fact.pieces)
        return f"{' '.join(fact.said.split())[:_LONGEST_FACT]} {numbers}"

    async def _counted(
        self, kind: str, said: dict[str, Any], deed: Callable[..., Awaitable[str]], *asked: object
    ) -> str:
        if self.calls >= self.means.bounds.calls:
            return _NOTHING_LEFT
        self.calls += 1
        self.means.tell(Step(kind, said, self._seen))
        try:
            return readable(await deed(*asked))
        except PlatformError as error:
            self._did(kind, {**said, "fault": error.code})
            return "That cannot be looked up right now."

    def _did(self, kind: str, said: dict[str, Any]) -> None:
        self.steps.append(Step(kind, said, self._seen))


def _text(said: object) -> str:
    return clean(said) if isinstance(said, str) else str(said)[:LONGEST] if isinstance(said, int) else ""
