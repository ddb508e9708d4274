"""Allowing: the rules, in one place and pure: who asks, about what, at which moment; out comes a decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from acl.decision import Decision, Ground, Rule
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource, Subject
from acl.permission import APPLICABLE, VIEWER, ResourceKind

_Rules = tuple[tuple[Effect, Rule], ...]
_EXPLICIT: _Rules = ((Effect.DENY, Rule.EXPLICIT_DENY), (Effect.ALLOW, Rule.EXPLICIT_ALLOW))
_INHERITED: _Rules = ((Effect.DENY, Rule.INHERITED_DENY), (Effect.ALLOW, Rule.INHERITED_ALLOW))


def evaluate(subject: Subject, resource: Resource, wanted: int, at: datetime) -> Decision:
    """Decide each wanted deed by the first rule that speaks of it; what no rule speaks of is refused."""
    undecided = wanted & APPLICABLE[resource.kind]
    grounds: list[Ground] = []
    for ground in grounds_in_order(subject, resource, at):
        decides = ground.permissions & undecided
        if decides:
            grounds.append(Ground(decides, ground.allowed, ground.rule, ground.entry))
            undecided &= ~decides
        if not undecided:
            break
    unspoken = wanted & ~sum(ground.permissions for ground in grounds)
    if unspoken or not wanted:
        grounds.append(Ground(unspoken, allowed=False, rule=Rule.NONE))
    return Decision(tuple(grounds))


def holds_now(entry: Entry, at: datetime) -> bool:
    """Whether an entry is there at a moment: from its expiry on it is not."""
    return entry.expires_at is None or at < entry.expires_at


def is_timeless(resource: Resource) -> bool:
    """Whether nothing that is decided by a list changes by time alone."""
    above = resource.collection.entries if resource.collection is not None else ()
    return all(entry.expires_at is None for entry in (*resource.entries, *above))


def speaks_of(entry: Entry, subject: Subject) -> bool:
    """Whether an entry is about somebody of the resource's tenant."""
    if entry.principal_type is PrincipalType.EVERYONE:
        return True
    if entry.principal_type is PrincipalType.GROUP:
        return entry.principal_id in subject.groups
    return entry.principal_id == subject.user_id


def grounds_in_order(subject: Subject, resource: Resource, at: datetime) -> Iterator[Ground]:
    """All that the rules say of somebody, in the order they are asked, whatever has been decided by then."""
    everything = APPLICABLE[resource.kind]
    if subject.is_super_admin:
        yield Ground(everything, allowed=True, rule=Rule.SUPER_ADMIN)
    if subject.tenant_id != resource.tenant_id:
        return  # no entry, and no default, is about another tenant's people
    if subject.is_tenant_admin:
        yield Ground(everything, allowed=True, rule=Rule.TENANT_ADMIN)
    if resource.owner_id == subject.user_id:
        yield Ground(everything, allowed=True, rule=Rule.OWNER)
    yield from _spoken(subject, resource, at, _EXPLICIT)
    above = resource.collection if resource.inherits else None
    if above is not None:
        if above.owner_id == subject.user_id:
            yield Ground(everything, allowed=True, rule=Rule.COLLECTION_OWNER)
        yield from _spoken(subject, above, at, _INHERITED)
    gives = resource if resource.kind is ResourceKind.COLLECTION else above
    if gives is not None and gives.default_access is DefaultAccess.TENANT:
        yield Ground(VIEWER, allowed=True, rule=Rule.DEFAULT_ACCESS)


def _spoken(subject: Subject, resource: Resource, at: datetime, rules: _Rules) -> Iterator[Ground]:
    """What a list says of somebody: all that it denies before anything it allows."""
    speaking = [entry for entry in resource.entries if speaks_of(entry, subject) and holds_now(entry, at)]
    for effect, rule in rules:
        for entry in speaking:
            if entry.effect is effect:
                yield Ground(entry.permissions, effect is Effect.ALLOW, rule, entry)
