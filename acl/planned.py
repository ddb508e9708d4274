"""Allowing: a plan for a collection, and what of plans one process remembers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

MOST_IDS = 200_000  # in all plans that are remembered, of documents and of their askers' groups; about 30 MB
MOST_PLANS = 10_000


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """Either all documents of a collection but some, or only some."""

    collection_id: str
    all_except: bool
    document_ids: frozenset[str]

    def admits(self, document_id: str) -> bool:
        """Whether the plan lets a document of the collection through."""
        return (document_id in self.document_ids) is not self.all_except

    @property
    def admits_nothing(self) -> bool:
        """Whether no document can come through."""
        return not self.all_except and not self.document_ids


@dataclass(slots=True)
class PlanMemory:
    """Plans by who asks for what of which collection; the key says the epochs they are true at. For one thread."""

    most_ids: int = MOST_IDS
    most_plans: int = MOST_PLANS
    _plans: OrderedDict[Hashable, tuple[AccessPlan, int]] = field(default_factory=OrderedDict)
    _ids: int = 0

    def recall(self, key: Hashable) -> AccessPlan | None:
        """The plan that was made for this key."""
        if key not in self._plans:
            return None
        self._plans.move_to_end(key)
        return self._plans[key][0]

    def remember(self, key: Hashable, plan: AccessPlan, *, held: int = 0) -> None:
        """Keep a plan that no lapse of time changes, and a key that holds so many ids itself.

        Those that were asked for longest ago make room.
        """
        size = len(plan.document_ids) + held
        if key in self._plans or size > self.most_ids:
            return
        self._plans[key] = (plan, size)
        self._ids += size
        while self._ids > self.most_ids or len(self._plans) > self.most_plans:
            _, (_, gone) = self._plans.popitem(last=False)
            self._ids -= gone
