"""Allowing: one person's question about many things, of which all that are alike are decided once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from acl.decision import Decision, Ground, Rule
from acl.evaluate import evaluate
from acl.facts import Resource
from acl.listed import Listed
from acl.permission import ResourceKind
from acl.subjects import Asking

_Decided = tuple[Decision, bool, Resource]  # whether it allows; what it is about, whose identity is so not used again


@dataclass(frozen=True, slots=True)
class Cases:
    """What somebody asks, and what is decided so far about their own and others' things, by what the lists share."""

    asking: Asking
    wanted: int
    _own: dict[int, _Decided] = field(default_factory=dict)
    _others: dict[int, _Decided] = field(default_factory=dict)

    def decide(self, kind: ResourceKind, one: Listed | None) -> Decision:
        """Decide about a thing of a kind, or about one that is not there."""
        if one is None or one.shared.kind is not kind:
            return Decision((Ground(self.wanted, allowed=False, rule=Rule.NONE),))
        return self._decide(one)[0]

    def permitted(self, kind: ResourceKind, ids: Collection[str], lists: Mapping[str, Listed]) -> frozenset[str]:
        """Those things of a kind with which they may do all that is wanted."""
        user_id, own, others = self.asking.subject.user_id, self._own, self._others
        chosen: list[str] = []
        for id_ in ids:
            one = lists.get(id_)
            if one is None:
                continue
            owner_id, shared = one
            _, allowed, _ = (own if owner_id == user_id else others).get(id(shared)) or self._decide(one)
            if allowed and shared.kind is kind:
                chosen.append(id_)
        return frozenset(chosen)

    def _decide(self, one: Listed) -> _Decided:
        user_id = self.asking.subject.user_id
        decided = self._own if one.owner_id == user_id else self._others
        known = decided.get(id(one.shared))
        if known is None:
            decision = evaluate(self.asking.subject, one.owned_by(user_id), self.wanted, self.asking.at)
            known = decided[id(one.shared)] = (decision, decision.allowed, one.shared)
        return known
