"""Allowing: everybody of a tenant at once, in crowds that access lists cannot tell apart."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Table, bindparam, select

from acl.facts import Entry, PrincipalType, Resource, Subject
from app.identity.permissions import Role
from app.identity.tables import ACTIVE, GroupMember, GroupNesting, RoleMapping, Tenant, User


@dataclass(frozen=True, slots=True)
class Crowd:
    """People to whom some lists say exactly the same; whoever is decided about, it is decided for all of them."""

    subject: Subject  # one of them, with those of their groups that matter to the lists
    user_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who may come into a tenant, and how its groups hang together."""

    tenant_id: str
    roles: Mapping[str, frozenset[str]]  # of each person, given directly: those that pass every list by
    direct: Mapping[str, Sequence[str]]  # the groups each person is directly in
    children: Mapping[str, Sequence[str]]  # the groups directly in each group
    administering: Mapping[str, frozenset[str]]  # the same of those groups that bring any

    def crowds(self, lists: Iterable[Resource]) -> list[Crowd]:
        """Put together whom these lists, and the collections above them, cannot tell apart."""
        people, groups = _named_in(lists)
        places = _Places.of({*groups, *self.administering}, self.children)
        found = defaultdict[tuple[str, int, frozenset[str]], list[str]](list)
        for user_id, roles in self.roles.items():
            within = places.within(self.direct.get(user_id, ()))
            found[user_id if user_id in people else "", within, roles].append(user_id)
        return [
            Crowd(self._subject(user_ids[0], places.named(within), roles), tuple(user_ids))
            for (_, within, roles), user_ids in found.items()
        ]

    def _subject(self, user_id: str, groups: frozenset[str], roles: frozenset[str]) -> Subject:
        roles = roles.union(*(self.administering.get(group, ()) for group in groups))
        return Subject(user_id, self.tenant_id, groups, Role.SUPER_ADMIN in roles, Role.TENANT_ADMIN in roles)


def read_people(connection: Connection, tenant_id: str, *, also_suspended: bool = False) -> People:
    """Read everybody who may come in, or may again one day: four statements, however many they are."""
    who, whom = {"tenant": tenant_id}, _EVERYBODY if also_suspended else _PEOPLE
    roles = {user_id: _PASSING_BY.intersection(roles) for user_id, roles in connection.execute(whom, who)}
    administering = defaultdict[str, frozenset[str]](frozenset)
    for group_id, role in connection.execute(_ADMINISTERING, who):
        administering[group_id] |= {role}
    direct = _gathered(connection.execute(_DIRECT, who))
    return People(tenant_id, roles, direct, _gathered(connection.execute(_NESTED, who)), administering)


def _gathered(rows: Iterable[Any]) -> dict[str, list[str]]:
    gathered = defaultdict[str, list[str]](list)
    for key, value in rows:
        gathered[key].append(value)
    return dict(gathered)


def _named_in(lists: Iterable[Resource]) -> tuple[set[str], set[str]]:
    """The people and the groups of whom some lists speak."""
    people, groups = set[str](), set[str]()
    for resource in lists:
        for one in (resource, resource.collection):
            if one is not None:
                people |= {one.owner_id or "", *_principals(one.entries, PrincipalType.USER)}
                groups |= {*_principals(one.entries, PrincipalType.GROUP)}
    return people, groups


def _principals(entries: Iterable[Entry], kind: PrincipalType) -> Iterator[str]:
    return (entry.principal_id or "" for entry in entries if entry.principal_type is kind)


@dataclass(frozen=True, slots=True)
class _Places:
    """Which of some groups every group is in, through any depth: a bit for each, so that many cost little."""

    order: Sequence[str]
    masks: Mapping[str, int]

    @classmethod
    def of(cls, groups: Iterable[str], children: Mapping[str, Sequence[str]]) -> _Places:
        order = sorted(groups)
        masks = {group: 1 << place for place, group in enumerate(order)}
        waiting = deque(order)
        while waiting:
            parent = waiting.popleft()
            for child in children.get(parent, ()):
                before = masks.get(child, 0)
                masks[child] = before | masks[parent]
                if masks[child] != before:  # round a cycle nothing is new the second time
                    waiting.append(child)
        return cls(order, masks)

    def within(self, direct: Iterable[str]) -> int:
        mask = 0
        for group in direct:
            mask |= self.masks.get(group, 0)
        return mask

    def named(self, mask: int) -> frozenset[str]:
        return frozenset(group for place, group in enumerate(self.order) if mask >> place & 1)


_PASSING_BY = frozenset({str(Role.SUPER_ADMIN), str(Role.TENANT_ADMIN)})
_USERS, _TENANTS = cast("Table", User.__table__), cast("Table", Tenant.__table__)
_MEMBERS, _NESTINGS = cast("Table", GroupMember.__table__), cast("Table", GroupNesting.__table__)
_MAPPINGS = cast("Table", RoleMapping.__table__)
_TENANT: BindParameter[str] = bindparam("tenant")

_PEOPLE = (
    select(_USERS.c.id, _USERS.c.roles)
    .select_from(_USERS.join(_TENANTS, _TENANTS.c.id == _USERS.c.tenant_id))
    .where(_USERS.c.tenant_id == _TENANT, _USERS.c.status == ACTIVE, _TENANTS.c.status == ACTIVE)
    .order_by(_USERS.c.id)
)
_EVERYBODY = select(_USERS.c.id, _USERS.c.roles).where(_USERS.c.tenant_id == _TENANT).order_by(_USERS.c.id)
_DIRECT = select(_MEMBERS.c.user_id, _MEMBERS.c.group_id).where(_MEMBERS.c.tenant_id == _TENANT)
_NESTED = select(_NESTINGS.c.group_id, _NESTINGS.c.child_id).where(_NESTINGS.c.tenant_id == _TENANT)
_ADMINISTERING = select(_MAPPINGS.c.group_id, _MAPPINGS.c.role).where(
    _MAPPINGS.c.tenant_id == _TENANT, _MAPPINGS.c.role.in_(_PASSING_BY)
)
