"""Answering: what somebody else would be shown of collections, to who manages them and may read it too.

What both may read is searched as if there were nothing else: what is hidden from who asks is in no result, no score and
no place. Who may read all of it sees exactly what the other one would.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from acl.permission import Permission
from acl.visible import Visible
from app.identity.caller import Caller
from rag.eyes import BothOnlooker
from rag.retrieval.ground import readable_in
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question
from rag.search import CollectionSearch, Found

# Whether somebody may read a thing is told to who may read its list.
_ASKER_NEEDS = Permission.READ | Permission.READ_PERMISSIONS
_Look = Callable[[CollectionSearch], Awaitable[Found]]


@dataclass(frozen=True, slots=True)
class FoundAs:
    """What somebody else would find, and what of the asker's own results that is not."""

    found: Found
    withheld: Sequence[Visible[Passage]]  # the best of each document, in the asker's order


@dataclass(frozen=True, slots=True)
class SearchAs:
    """Searches with the eyes of its caller and of somebody else at once, on the account of the caller."""

    search: CollectionSearch
    other: Caller

    async def run(self, collection_id: str, question: Question) -> FoundAs:
        """What both see of a collection, and what only the caller does."""
        return await self._look([collection_id], lambda search: search.run(collection_id, question))

    async def run_many(self, collection_ids: Sequence[str], question: Question) -> FoundAs:
        """The same of several collections, searched as one."""
        return await self._look(collection_ids, lambda search: search.run_many(collection_ids, question))

    async def _look(self, collection_ids: Sequence[str], look: _Look) -> FoundAs:
        own = self.search.onlooker
        there, whose = (own.chokepoint, own.transactions), own.tenant_id
        mine = Onlooker(*there, own.caller, whose, _ASKER_NEEDS)
        theirs = Onlooker(*there, self.other, whose)
        both = BothOnlooker(*there, own.caller, whose, _ASKER_NEEDS, theirs)
        found = await look(replace(self.search, onlooker=both))
        seen = await look(replace(self.search, onlooker=mine))
        plans = {id_: await readable_in(theirs, self.search.access, id_) for id_ in collection_ids}

        def is_withheld(passage: Passage) -> bool:
            return not plans[passage.collection_id].admits(passage.document_id)

        withheld = _best_of_each([one for one in seen.passages if is_withheld(one.value)])
        return FoundAs(replace(found, took=seen.took), withheld)  # not how long it takes to look with another's eyes


def _best_of_each(passages: Sequence[Visible[Passage]]) -> list[Visible[Passage]]:
    best: dict[str, Visible[Passage]] = {}
    for one in passages:
        best.setdefault(one.value.document_id, one)
    return list(best.values())
