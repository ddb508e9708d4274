"""Allowing: what would turn an answer into its opposite; pure, and nothing is proposed that was not tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from acl.candidates import candidates, entries_of
from acl.case import Case, JoinGroup, LeaveGroups, OnList, Step
from acl.changes import AddEntry, ChangeEntry, RemoveEntry, SetOwner
from acl.facts import PrincipalType
from acl.permission import APPLICABLE

MOST_LISTED = 20
MOST_STEPS = 100  # in one remedy; as many as can be rehearsed at once


@dataclass(frozen=True, slots=True)
class Remedy:
    """Steps that together turn the answer; one without a companion does so alone."""

    steps: tuple[Step, ...]


def remedies_of(case: Case, *, discreet: bool = False) -> list[Remedy]:
    """All that turns the answer, the narrowest first; `discreet` keeps to what speaks of the person themselves."""
    if case.wanted & APPLICABLE[case.resource.kind] != case.wanted:
        return []  # nobody can ever do this to such a thing
    trial = _Trial(case, case.decision.allowed, case.granted, dict(_reaches(case)))
    worth_trying = dict.fromkeys(candidates(case, discreet=discreet))
    found = [steps for steps in worth_trying if 0 < _length(steps) <= MOST_STEPS and trial.turns(steps)]
    found.sort(key=trial.cost)
    return [Remedy(steps) for steps in found[:MOST_LISTED]]


@dataclass(frozen=True, slots=True)
class _Trial:
    """The answer as it is, beside which remedies are held."""

    case: Case
    allowed: bool
    granted: int
    reaches: Mapping[str, int]  # of each entry

    def turns(self, steps: tuple[Step, ...]) -> bool:
        return self.case.after(*steps).decision.allowed is not self.allowed

    def cost(self, steps: tuple[Step, ...]) -> tuple[object, ...]:
        """How much a remedy changes beside what is asked: rights of the person first, then how far it reaches."""
        drastic = any(isinstance(step, OnList) and isinstance(step.change, SetOwner) for step in steps)
        beside = (self.case.after(*steps).granted ^ self.granted) & ~self.case.wanted
        length = _length(steps)
        return drastic, length > 1, beside.bit_count(), sum(map(self._breadth, steps)), length

    def _breadth(self, step: Step) -> int:
        match step:
            case OnList(AddEntry()):
                return 1
            case OnList(RemoveEntry(entry_id), above):
                return 10 * above + self.reaches[entry_id]
            case OnList(ChangeEntry(entry), above):
                return 10 * above + self.reaches[entry.id] + 2
            case LeaveGroups() | JoinGroup():
                return 5
            case _:
                return 20


def _reaches(case: Case) -> Iterator[tuple[str, int]]:
    """Whom each entry speaks of: one, a group, or everybody."""
    reach = {PrincipalType.USER: 0, PrincipalType.GROUP: 2, PrincipalType.EVERYONE: 4}
    return ((entry.id, reach[entry.principal_type]) for _, entry in entries_of(case.resource))


def _length(steps: tuple[Step, ...]) -> int:
    return sum(len(step.group_ids) if isinstance(step, LeaveGroups) else 1 for step in steps)
