"""The rules of access once more, slow and obvious: straight from the sentences of the contract, and nothing of acl/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.acl.worlds import Line, Person, Thing, World

BITS = {
    "READ": 1,
    "WRITE": 2,
    "DELETE": 4,
    "INGEST": 8,
    "LIST": 16,
    "READ_PERMISSIONS": 32,
    "CHANGE_PERMISSIONS": 64,
    "TAKE_OWNERSHIP": 128,
}
VIEWER = 1 + 16 + 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may do one deed, by which rule, and the entry that says so."""

    allowed: bool
    rule: str
    entry: str | None = None


NOTHING_SPEAKS = Verdict(allowed=False, rule="none")


@dataclass(frozen=True, slots=True)
class Case:
    """One person, one thing, one deed, one moment."""

    world: World
    person: Person
    groups: set[str]
    thing: Thing
    bit: int
    at: datetime


def decide(world: World, person_id: str, thing_id: str, at: datetime) -> dict[int, Verdict]:
    """Decide each of the eight deeds."""
    person, thing, verdicts = world.people[person_id], world.things[thing_id], {}
    groups = groups_of(world, person)
    for bit in BITS.values():
        spoken = all_that_speak(Case(world, person, groups, thing, bit, at))
        verdicts[bit] = spoken[0] if spoken else NOTHING_SPEAKS  # "Per bit, first match decides."
    return verdicts


def is_let_in(world: World, person_id: str) -> bool:
    """Contract: "A suspended tenant or user stops at once, on every surface"."""
    person = world.people[person_id]
    if person.suspended:
        return False
    return not world.tenants[person.tenant]


def groups_of(world: World, person: Person) -> set[str]:
    """Contract: "Groups transitive". Go round all nestings until going round once more adds nothing."""
    inside = {group for group, member in world.members if member == person.id}
    before = -1
    while len(inside) > before:
        before = len(inside)
        for outer, inner in world.nestings:
            if inner in inside:
                inside.add(outer)
    return inside


def all_that_speak(case: Case) -> list[Verdict]:
    """Every rule that has something to say, in the order of the contract."""
    # Contract: "INGEST 8 (collections only; on a document -> INVALID_ACE)". There is no such deed to allow.
    if case.thing.collection is not None and case.bit == BITS["INGEST"]:
        return []
    return privileges(case) + own_entries(case) + from_above(case)


def privileges(case: Case) -> list[Verdict]:
    """Contract: "super-admin, tenant-admin of its tenant, its owner"."""
    spoken = []
    roles = {case.person.role} | {role for group, role in case.world.mapped if group in case.groups}
    if "super_admin" in roles:
        spoken.append(Verdict(True, "super_admin"))
    if "tenant_admin" in roles and is_of_the_tenant(case):
        spoken.append(Verdict(True, "tenant_admin"))
    if case.thing.owner == case.person.id and is_of_the_tenant(case):
        spoken.append(Verdict(True, "owner"))
    return spoken


def own_entries(case: Case) -> list[Verdict]:
    """Contract: "-> explicit deny -> explicit allow"."""
    return said_by_entries(case, case.thing.id, "explicit")


def from_above(case: Case) -> list[Verdict]:
    """Contract: "if it inherits: the collection's owner -> inherited deny -> inherited allow -> default_access"."""
    spoken: list[Verdict] = []
    collection = case.thing
    if case.thing.collection is not None:
        if not case.thing.inherits:
            return []
        collection = case.world.things[case.thing.collection]
        if collection.owner == case.person.id and is_of_the_tenant(case):
            spoken.append(Verdict(True, "collection_owner"))
        spoken += said_by_entries(case, collection.id, "inherited")
    # Contract: "default_access `tenant`: VIEWER for the tenant". A collection gives it of itself too.
    if collection.default_access == "tenant" and case.bit & VIEWER and is_of_the_tenant(case):
        spoken.append(Verdict(True, "default_access"))
    return spoken


def is_of_the_tenant(case: Case) -> bool:
    """What is not a super-admin's is for people of the thing's own tenant."""
    return case.person.tenant == case.thing.tenant


def said_by_entries(case: Case, thing_id: str, rules: str) -> list[Verdict]:
    """What the entries of one list say: all denials, then all permissions."""
    denials, permissions = [], []
    for line in case.world.lines:
        if line.on == thing_id and line.permissions & case.bit and is_there(line, case.at) and is_about(line, case):
            if line.effect == "deny":
                denials.append(Verdict(False, f"{rules}_deny", line.id))
            else:
                permissions.append(Verdict(True, f"{rules}_allow", line.id))
    return denials + permissions


def is_there(line: Line, at: datetime) -> bool:
    """Contract: "An expired ACE is absent from that second on"."""
    if line.expires_at is None:
        return True
    return not line.expires_at <= at


def is_about(line: Line, case: Case) -> bool:
    """Contract: "`everyone` = everyone in the resource's tenant", and nobody else is named in a list of that tenant."""
    if not is_of_the_tenant(case):
        return False
    if line.whom == "everyone":
        return True
    if line.whom == "user":
        return line.named == case.person.id
    return line.named in case.groups
