"""Knowing, stores: words that are asked of a Weaviate class, within what is asked about and nothing else.

The server weighs a word by all that its class holds, so what somebody may not read would move the scores of what they
may. It only says who holds what; scores are reckoned here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from indexing.stores.vectors import Hit, Scope
from indexing.stores.weaviate.filters import beside_scope, holding, in_scope
from indexing.stores.weaviate.tenant_vectors import TenantVectors
from indexing.stores.weaviate.weighing import Extent, Holder, brought_back, counted, weighed
from indexing.wording.analysis import Phrase, asked_words

Forms = Mapping[str, Sequence[str]]  # of each word that is asked for
LOOKED_AT = 1_000  # chunks that hold words of a question: 25 µs each
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Wording:
    """One question by words to one class."""

    kept: TenantVectors
    scope: Scope
    most: int

    async def best(self, text: str) -> list[Hit]:
        """The best by BM25, where no chunk outside the scope counts in any way.

        If more hold words than are looked at, the server chooses: those that hold a rare word are all among them, and
        of the others those that it takes for best.
        """
        forms = {" ".join(of_one): of_one for of_one in map(_together, asked_words(text))}
        holders = await self._holders(forms)
        if not holders:
            return []
        held_by: Mapping[str, int] = counted(holders.values())
        if len(holders) >= self._looked_at:
            held_by = await self._held_by(forms)
            rare = _rare(held_by, self._looked_at)
            holders |= await self._holders(forms, among=[form for word in rare for form in forms[word]])
        held_by = dict.fromkeys(forms, 0) | dict(held_by)
        return weighed(holders.values(), held_by, await self._extent())[: self.scope.limit]

    @property
    def _looked_at(self) -> int:
        return min(max(LOOKED_AT, 2 * self.scope.limit), self.most)

    async def _holders(self, forms: Forms, among: Collection[str] | None = None) -> dict[str, Holder]:
        """Chunks that hold any of these words, of those that hold any of others."""
        found: dict[str, Holder] = {}
        words_of = _words_by_form(forms)
        if words_of and (among is None or among):
            for which in in_scope(self.scope):
                narrow = which if among is None else which & holding(among)
                held = await self.kept.holders(list(words_of), narrow, self._looked_at)
                found |= {each.chunk_id: brought_back(each, words_of) for each in held}
        return found

    async def _held_by(self, forms: Forms) -> dict[str, int]:
        """How many chunks in scope hold each of these words."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(word: str) -> int:
            async with turns:
                parts = [await self.kept.extent(which & holding(forms[word])) for which in in_scope(self.scope)]
            return sum(part.chunks for part in parts)

        try:
            async with asyncio.TaskGroup() as group:
                asked = {word: group.create_task(one(word)) for word in forms}
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return {word: task.result() for word, task in asked.items() if task.result()}

    async def _extent(self) -> Extent:
        """How much is in scope."""
        documents = self.scope.documents
        if documents is not None and not documents.all_except:
            return sum([await self.kept.extent(which) for which in in_scope(self.scope)], Extent())
        return await self.kept.extent_beside(beside_scope(self.scope))


def _together(phrase: Phrase) -> Sequence[str]:
    """A phrase as the words that an index without phrases has of it, any of them; all of them are its name."""
    return ["".join(parts) for parts in product(*phrase)]


def _words_by_form(forms: Forms) -> Mapping[str, Collection[str]]:
    """The words that a form is one of: `option` in English is also `optional`."""
    words_of: defaultdict[str, list[str]] = defaultdict(list)
    for word, of_one in forms.items():
        for form in of_one:
            words_of[form].append(word)
    return words_of


def _rare(held_by: Mapping[str, int], most: int) -> list[str]:
    """As many words, rarest first, as all chunks that hold them can be looked at."""
    rare, chunks = [], 0
    for word in sorted(held_by, key=lambda word: (held_by[word], word)):
        chunks += held_by[word]
        if chunks > most:
            break
        rare.append(word)
    return rare
