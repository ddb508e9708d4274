"""Answering: what somebody else would be shown of a collection, to who manages it and may read it too.

What both may read is searched as if there were nothing else: what is hidden from who asks is in no result, no score and
no place. Who may read all of it sees exactly what the other one would.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        """What both see, and what only the caller does."""
        own = self.search.onlooker
        there, whose = (own.chokepoint, own.transactions), own.tenant_id
        mine = Onlooker(*there, own.caller, whose, _ASKER_NEEDS)
        theirs = Onlooker(*there, self.other, whose)
        both = BothOnlooker(*there, own.caller, whose, _ASKER_NEEDS, theirs)
        found = await replace(self.search, onlooker=both).run(collection_id, question)
        seen = await replace(self.search, onlooker=mine).run(collection_id, question)
        plan = await readable_in(theirs, self.search.access, collection_id)
        return FoundAs(found, _best_of_each([one for one in seen.passages if not plan.admits(one.value.document_id)]))


def _best_of_each(passages: Sequence[Visible[Passage]]) -> list[Visible[Passage]]:
    best: dict[str, Visible[Passage]] = {}
    for one in passages:
        best.setdefault(one.value.document_id, one)
    return list(best.values())
