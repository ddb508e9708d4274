"""Allowing: an answer about access with all that led to it, and what would turn it; pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from acl.candidates import entries_of
from acl.case import Case, JoinGroup, LeaveGroups, OnList
from acl.changes import ChangeEntry, RemoveEntry
from acl.decision import Decision, Rule
from acl.evaluate import grounds_in_order
from acl.facts import Entry, PrincipalType
from acl.permission import ResourceKind
from acl.remedies import Remedy, remedies_of

MOST_SHOWN = 20  # entries of one rule
_OF_DOCUMENTS = {Rule.COLLECTION_OWNER, Rule.INHERITED_DENY, Rule.INHERITED_ALLOW}


class Verdict(StrEnum):
    """What became of a rule."""

    PASSED_OVER = "passed_over"  # asked, and it did not speak of what was wanted
    DECIDED = "decided"
    NOT_ASKED = "would_have_been_asked"  # everything was decided before


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One rule, and the entries with which it speaks (or would have spoken) of the person and the deed."""

    rule: Rule
    verdict: Verdict
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may or may not."""

    case: Case
    decision: Decision
    group_path: tuple[str, ...]  # from a group they are directly in to the one the deciding entry names
    rules: tuple[RuleSaid, ...]
    remedies: tuple[Remedy, ...]

    @property
    def shown(self) -> set[str]:
        """The entries that are shown."""
        deciding = [] if self.decision.ground.entry is None else [self.decision.ground.entry]
        return {entry.id for said in self.rules for entry in said.entries[:MOST_SHOWN]} | {it.id for it in deciding}


def explain(case: Case, *, discreet: bool = False) -> Explanation:
    """Decide, and say how it came; `discreet` is for those who may not see the whole list."""
    decision = case.decision
    entry = decision.ground.entry
    path = case.ties.path_to(entry.principal_id) if entry is not None and entry.principal_id else []
    remedies = tuple(remedies_of(case, discreet=discreet))
    return Explanation(case, decision, tuple(path), tuple(_rules(case, decision)), remedies)


def mentioned(explanation: Explanation) -> tuple[set[str], set[str]]:
    """The people and the groups that an explanation speaks of."""
    case = explanation.case
    people, groups = {case.ties.user_id}, set(explanation.group_path)
    concerned = explanation.shown
    for step in (step for remedy in explanation.remedies for step in remedy.steps):
        match step:
            case JoinGroup(group_id):
                groups.add(group_id)
            case LeaveGroups(group_ids):
                groups.update(group_ids)
            case OnList(RemoveEntry(entry_id) | ChangeEntry(Entry(id=entry_id))):
                concerned.add(entry_id)
    for _, entry in entries_of(case.resource):
        if entry.id in concerned and entry.principal_id is not None:
            (people if entry.principal_type is PrincipalType.USER else groups).add(entry.principal_id)
    return people, groups


def _rules(case: Case, decision: Decision) -> list[RuleSaid]:
    spoken = defaultdict[Rule, list[Entry]](list)
    if case.ties.may_come_in:
        for ground in grounds_in_order(case.ties.subject, case.resource, case.at):
            if ground.entry is not None and ground.permissions & case.wanted:
                spoken[ground.rule].append(ground.entry)
    order = [rule for rule in Rule if case.resource.kind is ResourceKind.DOCUMENT or rule not in _OF_DOCUMENTS]
    deciding = {ground.rule for ground in decision.grounds}
    last = max(order.index(rule) for rule in deciding)
    return [
        RuleSaid(rule, _verdict(rule in deciding, place < last), tuple(spoken[rule]))
        for place, rule in enumerate(order)
    ]


def _verdict(decides: bool, is_before: bool) -> Verdict:  # noqa: FBT001 - both are said where it is called
    if decides:
        return Verdict.DECIDED
    return Verdict.PASSED_OVER if is_before else Verdict.NOT_ASKED
