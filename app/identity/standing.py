"""Ground floor, identity: what decides over access about somebody, read anew in two statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import BindParameter, Connection, Table, and_, bindparam, literal, null, select, union_all

from app.db.given import Gathered
from app.identity.caller import Caller
from app.identity.errors import KnownCredential, TokenInvalid
from app.identity.membership import close_upwards
from app.identity.permissions import Role
from app.identity.tables import ACTIVE, ApiKey, GroupMember, GroupNesting, RoleMapping, Tenant, User

_ADMINISTRATORS = frozenset({str(Role.SUPER_ADMIN), str(Role.TENANT_ADMIN)})
_DIRECT, _NESTED, _MAPPED = "direct", "nested", "mapped"


@dataclass(frozen=True, slots=True)
class Standing:
    """Who somebody is, to an access list."""

    user_id: str
    tenant_id: str
    groups: frozenset[str]
    is_super_admin: bool
    is_tenant_admin: bool


def standing_of(caller: Caller) -> Standing:
    """What a caller was found to be on the way in."""
    return Standing(caller.user_id, caller.tenant_id, caller.groups, caller.is_super_admin, caller.is_tenant_admin)


def read_standing(
    connection: Connection, user_id: str, tenant_id: str, *, key_id: str | None = None, at: datetime
) -> Standing:
    """Read who somebody is now; refuse if they, their tenant or the key they came with may not come in any more."""
    who = {"user": user_id, "tenant": tenant_id}
    person = connection.execute(_PERSON, {**who, "key": key_id}).one_or_none()
    if person is None:
        raise TokenInvalid
    lost_key = key_id is not None and (
        person.key_id is None or person.revoked_at is not None or _is_over(person.expires_at, at)
    )
    if person.user_status != ACTIVE or person.tenant_status != ACTIVE or lost_key:
        raise TokenInvalid(KnownCredential(tenant_id, user_id, key_id))
    ties = _TIES.read(connection, who)
    direct = [first for kind, first, _ in ties if kind == _DIRECT]
    groups = close_upwards(direct, [(child, parent) for kind, child, parent in ties if kind == _NESTED])
    roles = {*person.roles, *(role for kind, group, role in ties if kind == _MAPPED and group in groups)}
    return Standing(user_id, tenant_id, groups, Role.SUPER_ADMIN in roles, Role.TENANT_ADMIN in roles)


def _is_over(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


_USERS, _TENANTS, _KEYS = (cast("Table", kind.__table__) for kind in (User, Tenant, ApiKey))
_MEMBERS, _NESTINGS, _MAPPINGS = (cast("Table", kind.__table__) for kind in (GroupMember, GroupNesting, RoleMapping))
_USER: BindParameter[str] = bindparam("user")
_TENANT: BindParameter[str] = bindparam("tenant")

_PERSON = (
    select(
        _USERS.c.status.label("user_status"),
        _USERS.c.roles,
        _TENANTS.c.status.label("tenant_status"),
        _KEYS.c.id.label("key_id"),
        _KEYS.c.revoked_at,
        _KEYS.c.expires_at,
    )
    .select_from(
        _USERS.join(_TENANTS, _TENANTS.c.id == _USERS.c.tenant_id).outerjoin(
            _KEYS, and_(_KEYS.c.user_id == _USERS.c.id, _KEYS.c.id == bindparam("key"))
        )
    )
    .where(_USERS.c.id == _USER, _USERS.c.tenant_id == _TENANT)
)
_TIES = Gathered(
    union_all(
        select(literal(_DIRECT), _MEMBERS.c.group_id, null()).where(
            _MEMBERS.c.user_id == _USER, _MEMBERS.c.tenant_id == _TENANT
        ),
        select(literal(_NESTED), _NESTINGS.c.child_id, _NESTINGS.c.group_id).where(_NESTINGS.c.tenant_id == _TENANT),
        select(literal(_MAPPED), _MAPPINGS.c.group_id, _MAPPINGS.c.role).where(
            _MAPPINGS.c.tenant_id == _TENANT, _MAPPINGS.c.role.in_(_ADMINISTRATORS)
        ),
    )
)
