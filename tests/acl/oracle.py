"""The rules of access once more, slow and obvious: straight from the sentences of the contract, and nothing of acl/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.acl.worlds import Line, Person, World

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


def decide(world: World, person_id: str, thing_id: str, at: datetime) -> dict[int, Verdict]:
    """Decide each of the eight deeds."""
    verdicts = {}
    for bit in BITS.values():
        verdicts[bit] = NOTHING_SPEAKS
        for verdict in _that_speak(world, world.people[person_id], thing_id, bit, at):
            verdicts[bit] = verdict  # "per bit, first match decides"
            break
    return verdicts


def is_let_in(world: World, person_id: str) -> bool:
    """ "A suspended tenant or user stops at once, on every surface."."""
    person = world.people[person_id]
    if person.suspended:
        return False
    return not world.tenants[person.tenant]


def groups_of(world: World, person: Person) -> set[str]:
    """ "Groups transitive": go round all nestings until going round them once more adds nothing."""
    inside = {group for group, member in world.members if member == person.id}
    before = -1
    while len(inside) > before:
        before = len(inside)
        for outer, inner in world.nestings:
            if inner in inside:
                inside.add(outer)
    return inside


def _that_speak(world: World, person: Person, thing_id: str, bit: int, at: datetime) -> list[Verdict]:
    """Every rule that has something to say of one deed, in the order of the contract."""
    thing = world.things[thing_id]
    is_document = thing.collection is not None
    groups = groups_of(world, person)
    roles = {person.role} | {role for group, role in world.mapped if group in groups}
    spoken: list[Verdict] = []

    # "INGEST 8 (collections only; on a document -> INVALID_ACE)": there is no such deed.
    if is_document and bit == BITS["INGEST"]:
        return []

    # "super-admin, tenant-admin of its tenant, its owner"
    if "super_admin" in roles:
        spoken.append(Verdict(True, "super_admin"))
    # Whatever else there is, is for people of the thing's own tenant.
    if person.tenant != thing.tenant:
        return spoken
    if "tenant_admin" in roles:
        spoken.append(Verdict(True, "tenant_admin"))
    if thing.owner == person.id:
        spoken.append(Verdict(True, "owner"))

    # "explicit deny -> explicit allow"
    spoken += _entries(world, person, groups, thing.id, bit, at, "explicit")

    # "then, only if it inherits: the collection's owner -> inherited deny -> inherited allow -> default_access";
    # "a collection has no inherited rules", but its own default_access is the weakest all the same.
    if is_document and not thing.inherits:
        return spoken
    collection = thing
    if thing.collection is not None:
        collection = world.things[thing.collection]
        if collection.owner == person.id:
            spoken.append(Verdict(True, "collection_owner"))
        spoken += _entries(world, person, groups, collection.id, bit, at, "inherited")
    # "collection's default_access `tenant`: VIEWER for the tenant"
    if collection.default_access == "tenant" and bit & VIEWER:
        spoken.append(Verdict(True, "default_access"))
    return spoken


def _entries(
    world: World, person: Person, groups: set[str], thing_id: str, bit: int, at: datetime, rules: str
) -> list[Verdict]:
    """What the entries of one list say to somebody of one deed: the denials, then the permissions."""
    denials, permissions = [], []
    for line in world.lines:
        if line.on == thing_id and line.permissions & bit and _is_there(line, at) and _is_about(line, person, groups):
            if line.effect == "deny":
                denials.append(Verdict(False, f"{rules}_deny", line.id))
            else:
                permissions.append(Verdict(True, f"{rules}_allow", line.id))
    return denials + permissions


def _is_there(line: Line, at: datetime) -> bool:
    """ "An expired ACE is absent from that second on."."""
    if line.expires_at is None:
        return True
    return not line.expires_at <= at


def _is_about(line: Line, person: Person, groups: set[str]) -> bool:
    """ "`everyone` = everyone in the resource's tenant", who alone come as far as this."""
    if line.whom == "everyone":
        return True
    if line.whom == "user":
        return line.named == person.id
    return line.named in groups
