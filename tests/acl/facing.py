"""A world as the evaluation takes it, and every answer of both beside each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from acl.decision import Decision, Ground, Rule
from acl.evaluate import evaluate
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource, Subject
from acl.permission import Permission, ResourceKind
from app.identity.membership import close_upwards
from tests.acl.oracle import Verdict, decide
from tests.acl.worlds import NOW, Person, Thing, World

MASKS = (255, 127, 59, 49, 17, 3, 130, 104)


@dataclass(slots=True)
class Tally:
    """How much was compared, and by which rules it was decided."""

    worlds: int = 0
    decisions: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.worlds:,} worlds, {self.decisions:,} decisions; deeds by rule: {dict(self.rules)}"


def subject_of(world: World, person: Person) -> Subject:
    """Say who somebody is."""
    direct = [group for group, member in world.members if member == person.id]
    groups = close_upwards(direct, [(inner, outer) for outer, inner in world.nestings])
    roles = {person.role, *(role for group, role in world.mapped if group in groups)}
    return Subject(person.id, person.tenant, groups, "super_admin" in roles, "tenant_admin" in roles)


def resource_of(world: World, thing: Thing) -> Resource:
    """Say what the lists say of a thing."""
    return Resource(
        ResourceKind.COLLECTION if thing.collection is None else ResourceKind.DOCUMENT,
        thing.id,
        thing.tenant,
        thing.owner,
        _entries_of(world, thing),
        DefaultAccess(thing.default_access),
        thing.inherits,
        None if thing.collection is None else resource_of(world, world.things[thing.collection]),
    )


def _entries_of(world: World, thing: Thing) -> tuple[Entry, ...]:
    return tuple(
        Entry(line.id, Effect(line.effect), PrincipalType(line.whom), line.named, line.permissions, line.expires_at)
        for line in world.lines
        if line.on == thing.id
    )


def compare(world: World, tally: Tally) -> None:
    """Ask both about everybody and everything, deed by deed and several at once; they must say the same."""
    resources = [resource_of(world, thing) for thing in world.things.values()]
    for person in world.people.values():
        subject = subject_of(world, person)
        for resource in resources:
            verdicts = decide(world, person.id, resource.id, NOW)
            for wanted in (*Permission, *MASKS):
                must_say(evaluate(subject, resource, wanted, NOW), verdicts, int(wanted))
            tally.decisions += len(Permission) + len(MASKS)
            tally.rules.update(verdict.rule for verdict in verdicts.values())
    tally.worlds += 1


def must_say(decision: Decision, verdicts: dict[int, Verdict], wanted: int) -> None:
    """Hold a decision against the oracle's: what is granted, and for each deed the one ground it has."""
    asked = {bit: verdict for bit, verdict in verdicts.items() if bit & wanted}
    assert said(decision) == asked
    assert decision.granted == sum(bit for bit, verdict in asked.items() if verdict.allowed)
    assert decision.allowed is all(verdict.allowed for verdict in asked.values())
    assert decision.ground.allowed is decision.allowed
    assert _strengths(decision) == sorted(_strengths(decision))


def said(decision: Decision) -> dict[int, Verdict]:
    """What a decision says of each deed."""
    found: dict[int, Verdict] = {}
    for ground in decision.grounds:
        for bit in Permission:
            if bit & ground.permissions:
                assert bit not in found, "two grounds speak of one deed"
                found[int(bit)] = _verdict(ground)
    return found


def _verdict(ground: Ground) -> Verdict:
    return Verdict(ground.allowed, str(ground.rule), ground.entry.id if ground.entry else None)


def _strengths(decision: Decision) -> list[int]:
    return [_ORDER.index(ground.rule) for ground in decision.grounds]


_ORDER = list(Rule)
