"""Worlds of people, groups, collections, documents and entries, as plain facts: read off a tape of random bytes.

Each choice takes the next byte, and 0 is the plainest: so hypothesis, which draws the tape, can shrink a world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TAPES = st.binary(min_size=384, max_size=384)

# One pool for people, groups and things: an entry that names a person must not be taken to name a group.
_NAMES = ("a", "A", "a ", " a", "a:a", "a,a", "ä", "a|A", "a/b", "a%", "a_", "a'", "b", "B")
_GONE = "gone"
_ROLES = ("", "", "tenant_user", "", "partner_admin", "partner_viewer", "tenant_viewer", "tenant_admin", "super_admin")
_MASKS = (1, 1, 49, 59, 127, 255, 8, 17, 2, 96, 128, 0)
_SPAN = timedelta(microseconds=1)
_EXPIRIES = (None, None, None, NOW, NOW + _SPAN, NOW - _SPAN, NOW + timedelta(days=1), NOW - timedelta(days=1))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of one tenant."""

    id: str
    tenant: str
    role: str = ""
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """A collection, or a document where a collection is named."""

    id: str
    tenant: str
    owner: str | None = None
    collection: str | None = None
    inherits: bool = False
    default_access: str = "restricted"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a thing's list."""

    id: str
    on: str
    effect: str
    whom: str
    named: str | None
    permissions: int
    expires_at: datetime | None = None


@dataclass(slots=True)
class World:
    """All there is."""

    tenants: dict[str, bool] = field(default_factory=dict)  # whether it is suspended
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)  # the tenant of each
    members: list[tuple[str, str]] = field(default_factory=list)  # group, person
    nestings: list[tuple[str, str]] = field(default_factory=list)  # group, the group inside it
    mapped: list[tuple[str, str]] = field(default_factory=list)  # group, the role it brings
    things: dict[str, Thing] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)  # in the order of their ids


@dataclass(slots=True)
class _Tape:
    data: bytes
    at: int = 0

    def below(self, most: int) -> int:
        self.at += 1
        return self.data[self.at - 1] % most if self.at <= len(self.data) else 0

    def of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]


def world_from(data: bytes, mark: str = "") -> World:
    """Read a world off a tape; every id begins with the mark."""
    tape, world = _Tape(data), World()
    for name in _NAMES[: 1 + tape.below(3)]:
        world.tenants[mark + name] = tape.below(8) == 7
    tenants = list(world.tenants)
    for name in _NAMES[: 1 + tape.below(8)]:
        role, tenant = tape.of(_ROLES), tape.of(tenants)
        world.people[mark + name] = Person(mark + name, tenant, role, suspended=tape.below(8) == 7)
    _add_groups(world, tape, mark)
    _add_things(world, tape, mark)
    for number in range(tape.below(32)):
        world.lines.append(_line(world, tape, f"{mark}{number:02}"))
    return world


def _add_groups(world: World, tape: _Tape, mark: str) -> None:
    for name in _NAMES[: tape.below(9)]:
        world.groups[mark + name] = tape.of(list(world.tenants))
    if not world.groups:
        return
    for _ in range(tape.below(12)):
        group, person = tape.of(list(world.groups)), tape.of(list(world.people.values()))
        if person.tenant == world.groups[group] and (group, person.id) not in world.members:
            world.members.append((group, person.id))
    for _ in range(tape.below(16)):  # a group may be inside itself, straight away or through others
        outer, inner = tape.of(list(world.groups)), tape.of(list(world.groups))
        if world.groups[outer] == world.groups[inner] and (outer, inner) not in world.nestings:
            world.nestings.append((outer, inner))
    if tape.below(4) == 3:
        world.mapped.append((tape.of(list(world.groups)), tape.of(("tenant_user", "tenant_admin", "super_admin"))))


def _add_things(world: World, tape: _Tape, mark: str) -> None:
    owners = [None, *world.people, None]
    ids = [mark + name for name in _NAMES]
    collections = ids[: 1 + tape.below(3)]
    for id_ in collections:
        given = tape.of(("restricted", "tenant"))
        world.things[id_] = Thing(id_, tape.of(list(world.tenants)), tape.of(owners), default_access=given)
    for id_ in ids[len(collections) : len(collections) + tape.below(10)]:
        above = world.things[tape.of(collections)]
        owner, inherits = tape.of(owners), tape.below(4) != 3
        world.things[id_] = Thing(id_, above.tenant, owner, above.id, inherits)


def _line(world: World, tape: _Tape, id_: str) -> Line:
    whom = tape.of(("user", "group", "everyone", "group"))
    named: str | None = None
    if whom != "everyone":  # somebody, perhaps of another tenant or kind, or nobody
        named = tape.of([*(world.groups if whom == "group" else world.people), *world.people, _GONE, None])
    mask, any_mask = tape.of((*_MASKS, -1)), tape.below(256)
    return Line(
        id_,
        on=tape.of(list(world.things)),
        effect=tape.of(("allow", "deny")),
        whom=whom,
        named=named,
        permissions=any_mask if mask < 0 else mask,
        expires_at=tape.of(_EXPIRIES),
    )
