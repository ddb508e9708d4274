"""Allowing: what every decision of a process has in common."""

from __future__ import annotations

from dataclasses import dataclass, field

from acl.memory import AccessMemory
from acl.resolver import AclResolver
from app.clock import Clock
from app.db.tenancy import TenantSession


@dataclass(frozen=True, slots=True)
class Access:
    """Makes the resolvers of a process, which share what they remember."""

    clock: Clock
    memory: AccessMemory = field(default_factory=AccessMemory)

    def resolver(self, session: TenantSession) -> AclResolver:
        """Decide in the transaction of a session."""
        return AclResolver(session, self.clock, self.memory)
