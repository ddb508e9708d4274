"""Allowing: what might turn an answer into its opposite, and is worth trying; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from acl.case import Case, Handover, JoinGroup, LeaveGroups, LoseRole, OnList, Reactivate, Step
from acl.changes import AddEntry, ChangeEntry, RemoveEntry, SetDefaultAccess, SetInheritance, SetOwner
from acl.evaluate import holds_now, speaks_of
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource
from acl.permission import ResourceKind
from acl.ties import PASSING_BY
from app.identity.permissions import Role

MOST_TRIED = 20  # of each sort
NEW_ENTRY = ""  # the id of an entry that is not there yet


def candidates(case: Case, *, discreet: bool) -> Iterator[tuple[Step, ...]]:
    """Steps to try together; `discreet` keeps to what speaks of the person themselves."""
    if case.decision.allowed:
        yield from _taking(case)
        return
    before = _coming_in(case)
    inside = case.after(*before)
    if before:
        yield before
        if inside.decision.allowed:
            return
    for steps in _giving(inside, discreet=discreet):
        yield (*before, *steps)


def _coming_in(case: Case) -> tuple[Step, ...]:
    person = () if case.ties.is_active else (Reactivate(),)
    return person if case.ties.tenant_is_active else (*person, Reactivate(tenant=True))


def _giving(case: Case, *, discreet: bool) -> Iterator[tuple[Step, ...]]:
    """What might turn a no into a yes."""
    missing = case.wanted & ~case.decision.granted
    yield _narrowest_yes(case)
    yield _allowing(case, missing)
    denies = [*islice(_speaking(case, Effect.DENY, missing), MOST_TRIED)]
    for above, entry in denies:
        yield (OnList(RemoveEntry(entry.id), above),)
        yield _narrowed(entry, missing, above=above)
    leaving = case.ties.leading_to({entry.principal_id or "" for _, entry in denies})
    yield from _without_groups(leaving)
    for above, entry in islice(_speaking(case, Effect.ALLOW, missing, present=False), MOST_TRIED):
        yield (OnList(ChangeEntry(replace(entry, expires_at=None)), above),)
    if not discreet:
        yield from _giving_widely(case)
    yield (OnList(SetOwner(case.ties.user_id)),)


def _giving_widely(case: Case) -> Iterator[tuple[Step, ...]]:
    allows = [entry for _, entry in entries_of(case.resource) if entry.effect is Effect.ALLOW]
    groups = {entry.principal_id for entry in allows if entry.principal_type is PrincipalType.GROUP}
    others = sorted({group for group in groups if group} - case.ties.subject.groups)
    yield from ((JoinGroup(group),) for group in others[:MOST_TRIED])
    if case.resource.kind is ResourceKind.DOCUMENT and not case.resource.inherits:
        yield (OnList(SetInheritance(inherit=True)),)
    gives = case.resource.collection or case.resource
    if gives.default_access is not DefaultAccess.TENANT:
        yield (OnList(SetDefaultAccess(DefaultAccess.TENANT), above=gives is not case.resource),)


def _narrowest_yes(case: Case) -> tuple[Step, ...]:
    """Strike exactly the missing deeds out of what denies them here, and allow what is missing still."""
    steps: list[Step] = []
    missing = case.wanted & ~case.decision.granted
    for above, entry in _speaking(case, Effect.DENY, missing):
        if not above:
            steps += _narrowed(entry, missing, above=False) or [OnList(RemoveEntry(entry.id))]
    inside = case.after(*steps)
    return (*steps, *_allowing(inside, case.wanted & ~inside.decision.granted))


def _taking(case: Case) -> Iterator[tuple[Step, ...]]:
    """What might turn a yes into a no: past whatever passes the lists by, and then by the lists."""
    before = _bared(case)
    bared = case.after(*before)
    yield before
    yield from _without_groups(_leaving(case))
    if not bared.decision.allowed:
        return
    yield (*before, _entry_step(case, Effect.DENY, case.wanted))
    for above, entry in islice(_speaking(bared, Effect.ALLOW, case.wanted), MOST_TRIED):
        yield (*before, OnList(RemoveEntry(entry.id), above))
        narrowed = _narrowed(entry, case.wanted, above=above)
        if narrowed:
            yield (*before, *narrowed)
    if case.resource.inherits:
        yield (*before, OnList(SetInheritance(inherit=False)))
    gives = case.resource.collection or case.resource
    if gives.default_access is DefaultAccess.TENANT:
        yield (*before, OnList(SetDefaultAccess(DefaultAccess.RESTRICTED), above=gives is not case.resource))


def _bared(case: Case) -> tuple[Step, ...]:
    """Take from somebody what no entry can stop: administration, and the thing itself if it is theirs."""
    is_foreign = case.ties.tenant_id != case.resource.tenant_id
    passing = {str(Role.SUPER_ADMIN)} if is_foreign else PASSING_BY
    steps: list[Step] = [LoseRole(role) for role in sorted(case.ties.roles & passing)]
    bringing = case.ties.leading_to({group for group, role in case.ties.mapped if role in passing})
    if bringing:
        steps.append(LeaveGroups(tuple(bringing)))
    if case.resource.owner_id == case.ties.user_id:
        steps.append(Handover())
    return tuple(steps)


def _without_groups(group_ids: Sequence[str]) -> Iterator[tuple[Step, ...]]:
    if len(group_ids) <= MOST_TRIED:  # who is in something through so many is seldom out of it by leaving one
        yield from ((LeaveGroups((group,)),) for group in group_ids)
    yield (LeaveGroups(tuple(group_ids)),) if group_ids else ()


def _leaving(case: Case) -> list[str]:
    groups = {entry.principal_id or "" for _, entry in _speaking(case, Effect.ALLOW, case.wanted)}
    return case.ties.leading_to(groups)


def _allowing(case: Case, permissions: int) -> tuple[Step, ...]:
    return (_entry_step(case, Effect.ALLOW, permissions),) if permissions else ()


def _entry_step(case: Case, effect: Effect, permissions: int) -> OnList:
    return OnList(AddEntry(Entry(NEW_ENTRY, effect, PrincipalType.USER, case.ties.user_id, permissions)))


def _narrowed(entry: Entry, permissions: int, *, above: bool) -> tuple[Step, ...]:
    """Strike some deeds out of an entry; nothing if nothing were left of it."""
    left = entry.permissions & ~permissions
    return (OnList(ChangeEntry(replace(entry, permissions=left)), above),) if left else ()


def entries_of(resource: Resource) -> Iterator[tuple[bool, Entry]]:
    """The entries of a list, and of the one above it that it listens to; each with whether it is from above."""
    yield from ((False, entry) for entry in resource.entries)
    if resource.collection is not None and resource.inherits:
        yield from ((True, entry) for entry in resource.collection.entries)


def _speaking(case: Case, effect: Effect, permissions: int, *, present: bool = True) -> Iterator[tuple[bool, Entry]]:
    """The entries, here and above, that say this of the person, or would if they had not expired."""
    for above, entry in entries_of(case.resource):
        says = entry.effect is effect and entry.permissions & permissions and speaks_of(entry, case.ties.subject)
        if says and holds_now(entry, case.at) is present:
            yield above, entry
