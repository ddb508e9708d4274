"""Allowing: may they? One way to the answer, and to its reason, for one thing or for thousands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from acl.decision import Decision, Ground, Rule
from acl.errors import AccessUndecided
from acl.evaluate import evaluate
from acl.facts import Resource
from acl.loading import read_resources
from acl.memory import AccessMemory
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.subjects import Asking, read_asking, tenant_of
from app.clock import Clock
from app.db.tenancy import WRITES, TenantSession
from app.errors import PlatformError
from app.identity.caller import Caller

log = structlog.get_logger("acl")


@dataclass(frozen=True, slots=True)
class AclResolver:
    """Decides in one transaction by what is true in it; what is remembered counts only at the epoch read there."""

    session: TenantSession
    clock: Clock
    memory: AccessMemory

    async def can(self, user: Caller, ref: ResourceRef, permission: Permission) -> bool:
        """Whether somebody may."""
        return (await self.explain(user, ref, permission)).allowed

    async def explain(self, user: Caller, ref: ResourceRef, permission: Permission) -> Decision:
        """Decide, with the reason."""
        return (await self.explain_many(user, [ref], permission))[0]

    async def explain_many(self, user: Caller, refs: Sequence[ResourceRef], permission: Permission) -> list[Decision]:
        """Decide about many things at once: five statements at most, one if nothing has changed."""
        with deciding():
            tenant_id, at = tenant_of(self.session), self.clock.now()
            connection = await self.session.connection()

            def decide(connection: Connection) -> list[Decision]:
                asking = read_asking(connection, user, tenant_id, at)
                resources = self._read(connection, asking, refs)
                cases = _Cases(asking, int(permission))
                return [cases.decide(ref, resources.get(ref.id)) for ref in refs]

            return await connection.run_sync(decide)

    def _read(self, connection: Connection, asking: Asking, refs: Sequence[ResourceRef]) -> Mapping[str, Resource]:
        if self.session.info[WRITES]:  # what may yet be undone is not remembered
            return read_resources(connection, asking.tenant_id, {ref.id for ref in refs})
        known = self.memory.recall(asking.tenant_id, asking.epoch)
        unknown = {ref.id for ref in refs if ref.id not in known}
        if not unknown:
            return known
        read = read_resources(connection, asking.tenant_id, unknown)
        self.memory.remember(asking.tenant_id, asking.epoch, read)
        return {**{ref.id: known[ref.id] for ref in refs if ref.id in known}, **read}


@dataclass(frozen=True, slots=True)
class _Cases:
    """One person's question about many things; those in the same case are decided once."""

    asking: Asking
    wanted: int
    decided: dict[tuple[object, ...], Decision] = field(default_factory=dict)

    def decide(self, ref: ResourceRef, resource: Resource | None) -> Decision:
        if resource is None or resource.kind is not ref.kind:
            return Decision((Ground(self.wanted, allowed=False, rule=Rule.NONE),))
        is_owner = resource.owner_id == self.asking.subject.user_id
        case = (id(resource.collection), resource.inherits, is_owner)  # all that tells two plain documents apart
        if resource.entries or resource.collection is None:
            return self._evaluate(resource)
        decision = self.decided.get(case)
        if decision is None:
            decision = self.decided[case] = self._evaluate(resource)
        return decision

    def _evaluate(self, resource: Resource) -> Decision:
        return evaluate(self.asking.subject, resource, self.wanted, self.asking.at)


@contextmanager
def deciding() -> Iterator[None]:
    """Whatever goes wrong in here, nothing is decided: the caller is told so, and nothing else."""
    try:
        yield
    except PlatformError:
        raise
    except Exception as error:
        log.error("access_undecided", exc_info=error)
        raise AccessUndecided from None
