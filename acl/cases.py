"""Allowing: one person's question about many things, of which all that are alike are decided once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import compress

from acl.decision import Decision, Ground, Rule
from acl.evaluate import evaluate, is_timeless
from acl.facts import Resource
from acl.listed import Listed, Lists
from acl.permission import ResourceKind
from acl.subjects import Asking

# Whether it allows, and what it is about, whose identity is so not used again.
DecidedCase = tuple[Decision, bool, Resource]
DecidedCases = dict[int, DecidedCase]
_MOST_LASTING = 1_024


_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cases:
    """What somebody asks, and what is decided so far about their own and others' things, by what the lists share."""

    asking: Asking
    wanted: int
    lasting: DecidedCases = field(default_factory=dict)  # about others' things, true at any moment of its epoch
    _passing: DecidedCases = field(default_factory=dict)  # the same, but an entry ends some time
    _own: DecidedCases = field(default_factory=dict)

    def decide(self, kind: ResourceKind, one: Listed | None) -> Decision:
        """Decide about a thing of a kind, or about one that is not there."""
        if one is None or one.shared.kind is not kind:
            return Decision((Ground(self.wanted, allowed=False, rule=Rule.NONE),))
        return self._decide(one)[0]

    def permitted(self, kind: ResourceKind, ids: Collection[str], lists: Lists) -> frozenset[str]:
        """Those things of a kind with which they may do all that is wanted."""
        shared = list(map(lists.shared.get, ids))
        different = dict(zip(map(id, shared), shared, strict=True))
        allowing = {key for key, one in different.items() if one is not None and self._allows(kind, one)}
        chosen = set(compress(ids, map(allowing.__contains__, map(id, shared))))
        mine = lists.owned.get(self.asking.subject.user_id, _NOTHING).intersection(ids)
        if not mine:
            return frozenset(chosen)
        return frozenset(chosen - mine).union(id_ for id_ in mine if self.decide(kind, lists[id_]).allowed)

    def _allows(self, kind: ResourceKind, others: Resource) -> bool:
        known = self.lasting.get(id(others)) or self._decide(Listed(None, others))
        return known[1] and others.kind is kind

    def _decide(self, one: Listed) -> DecidedCase:
        user_id, key = self.asking.subject.user_id, id(one.shared)
        own = one.owner_id == user_id
        known = self._own.get(key) if own else self.lasting.get(key) or self._passing.get(key)
        if known is None:
            decision = evaluate(self.asking.subject, one.owned_by(user_id), self.wanted, self.asking.at)
            known = (decision, decision.allowed, one.shared)
            (self._own if own else self._room(one.shared))[key] = known
        return known

    def _room(self, shared: Resource) -> DecidedCases:
        return self.lasting if len(self.lasting) < _MOST_LASTING and is_timeless(shared) else self._passing
