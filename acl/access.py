"""Allowing: what every decision of a process has in common."""

from __future__ import annotations

from dataclasses import dataclass

from acl.reading import AccessLane
from acl.resolver import AclResolver, GlancingResolver, Resolver
from app.clock import Clock
from app.db.tenancy import Glance, TenantSession


@dataclass(frozen=True, slots=True)
class Access:
    """Makes the resolvers of a process, which share a lane and what it remembers."""

    clock: Clock
    lane: AccessLane

    def resolver(self, session: TenantSession) -> AclResolver:
        """Decide for the transaction of a session."""
        return AclResolver(session, self.clock, self.lane)

    def at(self, seen: TenantSession | Glance) -> Resolver:
        """The same, or for who needs no transaction."""
        return GlancingResolver(seen, self.lane) if isinstance(seen, Glance) else self.resolver(seen)
