"""Allowing: one question about somebody, and what its answer would be if something were otherwise; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from acl.changes import Change, apply, apply_above
from acl.decision import Decision, Ground, Rule
from acl.evaluate import evaluate
from acl.facts import Resource
from acl.permission import EVERY_BIT
from acl.ties import Ties


@dataclass(frozen=True, slots=True)
class OnList:
    """A change of the thing's own access list, or of its collection's above it."""

    change: Change
    above: bool = False


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """They are put into a group."""

    group_id: str


@dataclass(frozen=True, slots=True)
class LeaveGroups:
    """They are taken out of groups they are directly in."""

    group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoseRole:
    """A role they were given directly is taken from them."""

    role: str


@dataclass(frozen=True, slots=True)
class Handover:
    """What is theirs becomes somebody else's, whoever that is."""


@dataclass(frozen=True, slots=True)
class Reactivate:
    """They, or all of their tenant, may come in again."""

    tenant: bool = False


Step = OnList | JoinGroup | LeaveGroups | LoseRole | Handover | Reactivate


@dataclass(frozen=True, slots=True)
class Case:
    """May somebody do this to that, now?"""

    ties: Ties
    resource: Resource
    wanted: int
    at: datetime

    @property
    def decision(self) -> Decision:
        """The answer with its grounds; whoever may not come in may nothing."""
        if not self.ties.may_come_in:
            return Decision((Ground(self.wanted, allowed=False, rule=Rule.NONE),))
        return evaluate(self.ties.subject, self.resource, self.wanted, self.at)

    @property
    def granted(self) -> int:
        """All they may do to the thing."""
        return replace(self, wanted=EVERY_BIT).decision.granted

    def after(self, *steps: Step) -> Case:
        """The same question once some steps are taken."""
        case = self
        for step in steps:
            case = case._after(step)
        return case

    def _after(self, step: Step) -> Case:
        match step:
            case OnList(change, above):
                return replace(self, resource=(apply_above if above else apply)(self.resource, change))
            case Handover():
                return replace(self, resource=replace(self.resource, owner_id=None))
            case _:
                return replace(self, ties=_after(self.ties, step))


def _after(ties: Ties, step: JoinGroup | LeaveGroups | LoseRole | Reactivate) -> Ties:
    match step:
        case JoinGroup(group_id):
            return replace(ties, direct=ties.direct | {group_id})
        case LeaveGroups(group_ids):
            return replace(ties, direct=ties.direct - frozenset(group_ids))
        case LoseRole(role):
            return replace(ties, roles=ties.roles - {role})
        case Reactivate(tenant=True):
            return replace(ties, tenant_is_active=True)
        case Reactivate():
            return replace(ties, is_active=True)
