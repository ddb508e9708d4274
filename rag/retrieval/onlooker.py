"""Answering: what one caller may see of what was found, decided anew at every look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from acl.chokepoint import AnyCandidate, AnyFact, Chokepoint
from acl.permission import Permission
from acl.resolver import deciding
from acl.visible import Visible
from app.db.tenancy import Glance, Reach
from app.db.transaction import Transactions
from app.identity.caller import Caller


class NobodyLooks(Exception):
    """Something was to be seen without anybody to see it; always a fault of ours, never of a caller."""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Looks with the eyes of one caller at things of one tenant, however long their question takes to answer.

    Each look is a transaction of its own, begun after what it looks at was found: one begun before would decide by
    lists that are older than what the stores gave, and would keep to them to the end of a long run.
    """

    chokepoint: Chokepoint
    transactions: Transactions
    caller: Caller
    tenant_id: str
    needs: Permission = Permission.READ  # what must be allowed of a thing to be shown it

    def __post_init__(self) -> None:
        if not (_is_somebody(self.caller) and self.tenant_id):
            raise NobodyLooks("An onlooker is a caller, and has a tenant of what is looked at.")

    @property
    def eyes(self) -> tuple[Onlooker, ...]:
        """Everybody who has to see a thing for it to be shown."""
        return (self,)

    async def sees(self, candidates: Sequence[AnyCandidate]) -> list[Visible[AnyCandidate]]:
        """Keep what the caller may see at this moment."""
        with deciding():
            return await self.chokepoint.filter_results_by_acl(self.glance, self.caller, candidates, needs=self.needs)

    async def sees_of(self, find: Callable[[Connection], Sequence[AnyCandidate]]) -> list[Visible[AnyCandidate]]:
        """Keep what the caller may see of what is found in the database at this moment; to find it names its tenant."""
        with deciding():
            seen = await self.chokepoint.filter_found_by_acl(self.glance, self.caller, find, needs=self.needs)
        for other in self.eyes[1:]:
            seen = await other.sees([one.value for one in seen])
        return seen

    async def sees_facts(self, facts: Sequence[AnyFact]) -> list[Visible[AnyFact]]:
        """Keep the facts the caller may see at this moment, each with no more than they may see of it."""
        with deciding():
            return await self.chokepoint.filter_graph_results_by_acl(self.glance, self.caller, facts)

    @property
    def glance(self) -> Glance:
        """What is looked at, for what decides by itself."""
        return Glance(Reach.one(self.tenant_id))


def _is_somebody(given: object) -> bool:
    return isinstance(given, Caller)
