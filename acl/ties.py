"""Allowing: how somebody comes to be who they are to an access list: their state, their groups and their roles."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import BindParameter, Connection, Table, and_, bindparam, literal, null, select, union_all

from acl.facts import Subject
from app.identity.membership import close_upwards
from app.identity.permissions import Role
from app.identity.tables import ACTIVE, GroupMember, GroupNesting, RoleMapping, Tenant, User

PASSING_BY = frozenset({str(Role.SUPER_ADMIN), str(Role.TENANT_ADMIN)})  # the roles no access list stops
_DIRECT, _NESTED, _MAPPED = "direct", "nested", "mapped"


@dataclass(frozen=True, slots=True)
class Ties:
    """Somebody with everything that makes them who they are, so that one can ask what if it were otherwise."""

    user_id: str
    tenant_id: str
    is_active: bool = True
    tenant_is_active: bool = True
    roles: frozenset[str] = frozenset()  # of those that pass every list by, given directly
    direct: frozenset[str] = frozenset()  # the groups they are directly in
    nestings: tuple[tuple[str, str], ...] = ()  # every (child, parent) of their tenant's groups
    mapped: tuple[tuple[str, str], ...] = ()  # every (group, role) that passes every list by
    subject: Subject = field(init=False, compare=False, repr=False)  # who they are to an access list

    def __post_init__(self) -> None:
        groups = close_upwards(self.direct, self.nestings)
        roles = self.roles.union(role for group, role in self.mapped if group in groups)
        is_super, is_tenant_admin = Role.SUPER_ADMIN in roles, Role.TENANT_ADMIN in roles
        subject = Subject(self.user_id, self.tenant_id, groups, is_super, is_tenant_admin)
        object.__setattr__(self, "subject", subject)

    @property
    def may_come_in(self) -> bool:
        """Whether they may do anything at all."""
        return self.is_active and self.tenant_is_active

    def path_to(self, group_id: str) -> list[str]:
        """The shortest way from a group they are directly in to a group they are in; empty if they are not."""
        parents = defaultdict[str, list[str]](list)
        for child, parent in self.nestings:
            parents[child].append(parent)
        came_from: dict[str, str | None] = dict.fromkeys(sorted(self.direct))
        waiting = deque(came_from)
        while waiting and group_id not in came_from:
            child = waiting.popleft()
            for parent in sorted(parents[child]):
                if parent not in came_from:
                    came_from[parent] = child
                    waiting.append(parent)
        return _walked_back(group_id, came_from)

    def leading_to(self, group_ids: Collection[str]) -> list[str]:
        """The groups they are directly in through which they are in any of these."""
        below = close_upwards(group_ids, ((parent, child) for child, parent in self.nestings))
        return sorted(self.direct & below)


def _walked_back(group_id: str, came_from: dict[str, str | None]) -> list[str]:
    path: list[str] = []
    step = group_id if group_id in came_from else None
    while step is not None:
        path.append(step)
        step = came_from[step]
    return path[::-1]


def read_ties(connection: Connection, tenant_id: str, user_id: str) -> Ties | None:
    """Read somebody of a tenant, whether or not they may come in: two statements."""
    who = {"user": user_id, "tenant": tenant_id}
    person = connection.execute(_PERSON, who).one_or_none()
    if person is None:
        return None
    rows = connection.execute(_TIES, who).all()
    return Ties(
        user_id,
        tenant_id,
        is_active=person.user_status == ACTIVE,
        tenant_is_active=person.tenant_status == ACTIVE,
        roles=PASSING_BY.intersection(person.roles),
        direct=frozenset(group for kind, group, _ in rows if kind == _DIRECT),
        nestings=tuple((child, parent) for kind, child, parent in rows if kind == _NESTED),
        mapped=tuple((group, role) for kind, group, role in rows if kind == _MAPPED),
    )


_USERS, _TENANTS = cast("Table", User.__table__), cast("Table", Tenant.__table__)
_MEMBERS, _NESTINGS = cast("Table", GroupMember.__table__), cast("Table", GroupNesting.__table__)
_MAPPINGS = cast("Table", RoleMapping.__table__)
_USER: BindParameter[str] = bindparam("user")
_TENANT: BindParameter[str] = bindparam("tenant")

_PERSON = (
    select(_USERS.c.status.label("user_status"), _USERS.c.roles, _TENANTS.c.status.label("tenant_status"))
    .select_from(_USERS.join(_TENANTS, _TENANTS.c.id == _USERS.c.tenant_id))
    .where(_USERS.c.id == _USER, _USERS.c.tenant_id == _TENANT)
)
_TIES = union_all(
    select(literal(_DIRECT), _MEMBERS.c.group_id, null()).where(
        and_(_MEMBERS.c.user_id == _USER, _MEMBERS.c.tenant_id == _TENANT)
    ),
    select(literal(_NESTED), _NESTINGS.c.child_id, _NESTINGS.c.group_id).where(_NESTINGS.c.tenant_id == _TENANT),
    select(literal(_MAPPED), _MAPPINGS.c.group_id, _MAPPINGS.c.role).where(
        _MAPPINGS.c.tenant_id == _TENANT, _MAPPINGS.c.role.in_(PASSING_BY)
    ),
)
