"""Roof, HTTP: an explanation on its way to its shape, with the names of all it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acl.advising import Advice, Adviser
from acl.explaining import MOST_SHOWN, Explanation
from acl.facts import Entry
from acl.holders import Way
from acl.inquiry import Inquiry
from acl.names import Names, read_names
from acl.permission import names_of
from acl.tables import AccessEntry
from acl.telling import reason_of
from app.http.visit import Visit
from app.http.wire.explaining import (
    MOST_GROUPS,
    MOST_PEOPLE,
    MOST_WAYS,
    ExplanationRead,
    HeldGroupRead,
    HoldersRead,
    NamedRead,
    RemedyRead,
    RuleRead,
    StepRead,
    WayRead,
)
from app.http.wire.permissions import AceRead


async def told(visit: Visit, inquiry: Inquiry, explanation: Explanation, *, sees_list: bool) -> ExplanationRead:
    """Read what everything is called, and say it all; their groups only to the person and to administrators."""
    ties = explanation.case.ties
    knows_groups = ties.user_id == visit.caller.user_id or visit.caller.is_administrator
    held = sorted(ties.subject.groups, key=lambda id_: (id_ not in ties.direct, id_)) if knows_groups else []
    lines = await inquiry.lines_of(explanation.shown)
    names = await inquiry.names_for(explanation, lines.values(), held[:MOST_GROUPS])
    adviser = Adviser(explanation.case, names, groups_are_mirrored=bool(visit.platform.settings.scaikey.url))
    telling = _Telling(explanation, lines, names, sees_list)
    groups = [HeldGroupRead(id=id_, name=names.of(id_), direct=id_ in ties.direct) for id_ in held[:MOST_GROUPS]]
    remedies = [_remedy(adviser.steps_of(remedy)) for remedy in explanation.remedies]
    return telling.read(remedies, groups if knows_groups else None)


async def told_of_all(inquiry: Inquiry, ways: list[Way], wanted: int) -> HoldersRead:
    """Read what everybody is called who is named, and say it; the counts are of all."""
    named = ways[:MOST_WAYS]
    lines = await inquiry.lines_of([way.entry.id for way in named if way.entry is not None])
    people = {user_id for way in named for user_id in way.user_ids[:MOST_PEOPLE]}
    principals = {line.principal_id for line in lines.values() if line.principal_id is not None}
    names = await read_names(inquiry.resolver.session, people | principals, principals)
    return HoldersRead(
        permissions=wanted,
        permission_names=names_of(wanted),
        count=sum(len(way.user_ids) for way in ways),
        ways=[
            WayRead(
                rule=way.rule,
                ace=None if way.entry is None else AceRead.of(lines[way.entry.id], names.by_id),
                count=len(way.user_ids),
                people=[NamedRead(id=id_, name=names.of(id_)) for id_ in way.user_ids[:MOST_PEOPLE]],
            )
            for way in named
        ],
        truncated=len(ways) > len(named) or any(len(way.user_ids) > MOST_PEOPLE for way in named),
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    """Notes and writers of entries only those see who may see the whole list."""

    explanation: Explanation
    lines: Mapping[str, AccessEntry]
    names: Names
    sees_list: bool

    def read(self, remedies: list[RemedyRead], groups: list[HeldGroupRead] | None) -> ExplanationRead:
        case, decision = self.explanation.case, self.explanation.decision
        entry = decision.ground.entry
        return ExplanationRead(
            user_id=case.ties.user_id,
            permissions=case.wanted,
            permission_names=names_of(case.wanted),
            allowed=decision.allowed,
            reason=reason_of(self.explanation, self.names, self._remark(entry)),
            rule=decision.ground.rule,
            ace=None if entry is None else self._ace(entry),
            group_path=[NamedRead(id=id_, name=self.names.of(id_)) for id_ in self.explanation.group_path],
            rules=self._rules(),
            remedies=remedies,
            groups=groups,
        )

    def _rules(self) -> list[RuleRead]:
        return [
            RuleRead(rule=said.rule, said=said.verdict, entries=[*map(self._ace, said.entries[:MOST_SHOWN])])
            for said in self.explanation.rules
        ]

    def _ace(self, entry: Entry) -> AceRead:
        shown = AceRead.of(self.lines[entry.id], self.names.by_id)
        return shown if self.sees_list else shown.model_copy(update={"note": None, "created_by": None})

    def _remark(self, entry: Entry | None) -> str:
        """What its writer said of the entry, and who that was."""
        if entry is None or not self.sees_list:
            return ""
        line = self.lines[entry.id]
        writer = f"set by {self.names.of(line.created_by)}, " if line.created_by else "set "
        note = f"“{line.note}” " if line.note else ""
        return f"{note}({writer}{line.created_at:%-d %B %Y})"


def _remedy(steps: list[Advice]) -> RemedyRead:
    if len(steps) == 1:
        return RemedyRead(**_said(steps[0]), steps=[])
    together = Advice("several", " ".join(step.sentence for step in steps))
    return RemedyRead(**_said(together), steps=[StepRead(**_said(step)) for step in steps])


def _said(step: Advice) -> dict[str, object]:
    on = None if step.on is None else {"type": step.on.kind, "id": step.on.id}
    ids = dict.fromkeys(("ace_id", "group_id", "user_id", "owner_id", "tenant_id", "role")) | dict(step.ids)
    return {"action": step.action, "sentence": step.sentence, "on": on, "change": step.change, **ids}
