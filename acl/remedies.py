"""Allowing: what would turn an answer into its opposite; pure, and nothing is proposed that was not tried."""

from __future__ import annotations

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
    worth_trying = dict.fromkeys(candidates(case, discreet=discreet))
    found = [steps for steps in worth_trying if 0 < _length(steps) <= MOST_STEPS and _turns(case, steps)]
    found.sort(key=lambda steps: _cost(case, steps))
    return [Remedy(steps) for steps in found[:MOST_LISTED]]


def _length(steps: tuple[Step, ...]) -> int:
    return sum(len(step.group_ids) if isinstance(step, LeaveGroups) else 1 for step in steps)


def _turns(case: Case, steps: tuple[Step, ...]) -> bool:
    return case.after(*steps).decision.allowed is not case.decision.allowed


def _cost(case: Case, steps: tuple[Step, ...]) -> tuple[object, ...]:
    """How much a remedy changes beside what is asked: rights of the person first, then how far it reaches."""
    drastic = any(isinstance(step, OnList) and isinstance(step.change, SetOwner) for step in steps)
    beside = (case.after(*steps).granted ^ case.granted) & ~case.wanted
    return drastic, _length(steps) > 1, beside.bit_count(), sum(_breadth(case, step) for step in steps), _length(steps)


def _breadth(case: Case, step: Step) -> int:
    match step:
        case OnList(AddEntry()):
            return 1
        case OnList(RemoveEntry(entry_id), above):
            return 10 * above + _reach(case, entry_id)
        case OnList(ChangeEntry(entry), above):
            return 10 * above + _reach(case, entry.id) + 2
        case LeaveGroups() | JoinGroup():
            return 5
        case _:
            return 20


def _reach(case: Case, entry_id: str) -> int:
    """Whom an entry speaks of: one, a group, or everybody."""
    types = {entry.id: entry.principal_type for _, entry in entries_of(case.resource)}
    return {PrincipalType.USER: 0, PrincipalType.GROUP: 2, PrincipalType.EVERYONE: 4}[types[entry_id]]
