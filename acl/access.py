"""Allowing: what every decision of a process has in common."""

from __future__ import annotations

from dataclasses import dataclass

from acl.reading import AccessLane
from acl.resolver import AclResolver
from app.clock import Clock
from app.db.tenancy import TenantSession


@dataclass(frozen=True, slots=True)
class Access:
    """Makes the resolvers of a process, which share a lane and what it remembers."""

    clock: Clock
    lane: AccessLane

    def resolver(self, session: TenantSession) -> AclResolver:
        """Decide for the transaction of a session."""
        return AclResolver(session, self.clock, self.lane)
