"""Allowing: what one process remembers of access lists; used only at the very epoch it was read at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from acl.facts import Resource

MOST_REMEMBERED = 200_000  # resources of all tenants together, about 60 MB


@dataclass(slots=True)
class _Known:
    epoch: int
    resources: dict[str, Resource] = field(default_factory=dict)


@dataclass(slots=True)
class AccessMemory:
    """Access lists by tenant. Only what exists is remembered: what is not here is looked up.

    Whoever asks says the epoch of its own transaction, and so never gets what has changed since, or will change.
    """

    most: int = MOST_REMEMBERED
    _tenants: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _held: int = 0

    def recall(self, tenant_id: str, epoch: int) -> Mapping[str, Resource]:
        """What is known of a tenant at an epoch."""
        known = self._tenants.get(tenant_id)
        if known is None or known.epoch != epoch:
            return {}
        self._tenants.move_to_end(tenant_id)
        return known.resources

    def remember(self, tenant_id: str, epoch: int, resources: Mapping[str, Resource]) -> None:
        """Keep what was read in a transaction that only reads, at the epoch it read."""
        known = self._tenants.get(tenant_id)
        if known is None or known.epoch < epoch:
            self._forget(tenant_id)
            known = self._tenants[tenant_id] = _Known(epoch)
        if known.epoch != epoch:
            return  # somebody has read newer things already
        before = len(known.resources)
        known.resources.update(resources)
        self._held += len(known.resources) - before
        self._tenants.move_to_end(tenant_id)
        while self._held > self.most:
            self._forget(next(iter(self._tenants)))

    def _forget(self, tenant_id: str) -> None:
        known = self._tenants.pop(tenant_id, None)
        self._held -= len(known.resources) if known is not None else 0
