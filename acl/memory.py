"""Allowing: what one process remembers of access lists; used only at the very epoch it was read at."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from acl.cases import DecidedCases
from acl.facts import Subject
from acl.listed import Lists
from acl.planned import PlanMemory

MOST_REMEMBERED = 200_000  # lists and entries of all tenants together, about 50 MB


MOST_ASKERS = 256  # whose decisions are remembered; about 30 MB if each asks of everything


class Asker(NamedTuple):
    """Somebody as they are, who asks about a tenant's things as these are."""

    subject: Subject
    tenant_id: str
    epoch: int


@dataclass(slots=True)
class _Known:
    epoch: int
    lists: Lists = field(default_factory=Lists)
    size: int = 0


@dataclass(slots=True)
class AccessMemory:
    """Access lists by tenant, for one thread. Only what exists is remembered: what is not here is looked up.

    Whoever asks says the epoch of its own transaction, and so never gets what has changed since, or will change.
    """

    most: int = MOST_REMEMBERED
    plans: PlanMemory = field(default_factory=PlanMemory)
    _tenants: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _size: int = 0
    _decided: OrderedDict[tuple[Asker, int], DecidedCases] = field(default_factory=OrderedDict)

    def decided(self, asker: Asker, wanted: int) -> DecidedCases:
        """What was decided for somebody at an epoch, to be added to."""
        cases = self._decided.pop((asker, wanted), None)
        self._decided[asker, wanted] = cases = {} if cases is None else cases
        if len(self._decided) > MOST_ASKERS:
            self._decided.popitem(last=False)
        return cases

    def recall(self, tenant_id: str, epoch: int) -> Lists:
        """What is known of a tenant at an epoch."""
        known = self._tenants.get(tenant_id)
        if known is None or known.epoch != epoch:
            return Lists()
        self._tenants.move_to_end(tenant_id)
        return known.lists

    def remember(self, tenant_id: str, epoch: int, lists: Lists) -> Lists:
        """Keep what was read, to its end, in a transaction that only reads; returns all that is known at its epoch."""
        known = self._tenants.get(tenant_id)
        if known is None or known.epoch < epoch:
            self._forget(tenant_id)
            known = self._tenants[tenant_id] = _Known(epoch)
        if known.epoch != epoch:
            return lists  # somebody has read newer things already
        grown = sum(1 + len(one.entries) for id_, one in lists.shared.items() if id_ not in known.lists)
        known.lists.update(lists)
        known.size += grown
        self._size += grown
        self._tenants.move_to_end(tenant_id)
        while self._size > self.most:
            self._forget(next(iter(self._tenants)))
        return known.lists

    def _forget(self, tenant_id: str) -> None:
        known = self._tenants.pop(tenant_id, None)
        self._size -= known.size if known is not None else 0
