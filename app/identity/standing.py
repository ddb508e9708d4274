"""Ground floor, identity: what decides over access about somebody, read anew in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import BindParameter, Connection, Table, and_, bindparam, select

from app.db.given import beside, gathered, rows_of
from app.identity.caller import Caller
from app.identity.errors import KnownCredential, TokenInvalid
from app.identity.permissions import Role
from app.identity.tables import ACTIVE, ApiKey, GroupMember, GroupNesting, RoleMapping, Tenant, User

_ADMINISTRATORS = frozenset({str(Role.SUPER_ADMIN), str(Role.TENANT_ADMIN)})


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
    who = {"user": user_id, "tenant": tenant_id, "key": key_id}
    person = connection.execute(_PERSON, who).one_or_none()
    if person is None:
        raise TokenInvalid
    lost_key = key_id is not None and (
        person.key_id is None or person.revoked_at is not None or _is_over(person.expires_at, at)
    )
    if person.user_status != ACTIVE or person.tenant_status != ACTIVE or lost_key:
        raise TokenInvalid(KnownCredential(tenant_id, user_id, key_id))
    groups = frozenset(group for (group,) in rows_of(person.inside))
    roles = {*person.roles, *(role for group, role in rows_of(person.mapped) if group in groups)}
    return Standing(user_id, tenant_id, groups, Role.SUPER_ADMIN in roles, Role.TENANT_ADMIN in roles)


def _is_over(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


_USERS, _TENANTS, _KEYS = (cast("Table", kind.__table__) for kind in (User, Tenant, ApiKey))
_MEMBERS, _NESTINGS, _MAPPINGS = (cast("Table", kind.__table__) for kind in (GroupMember, GroupNesting, RoleMapping))
_USER: BindParameter[str] = bindparam("user")
_TENANT: BindParameter[str] = bindparam("tenant")

# Upwards from their own groups, as far as there are others; a union, so that a cycle ends.
_INSIDE = (
    select(_MEMBERS.c.group_id)
    .where(_MEMBERS.c.user_id == _USER, beside(_MEMBERS.c.tenant_id) == _TENANT)
    .cte("inside", recursive=True)
)
_INSIDE = _INSIDE.union(
    select(_NESTINGS.c.group_id)
    .join(_INSIDE, _NESTINGS.c.child_id == _INSIDE.c.group_id)
    .where(beside(_NESTINGS.c.tenant_id) == _TENANT)
)
_MAPPED = select(_MAPPINGS.c.group_id, _MAPPINGS.c.role).where(
    _MAPPINGS.c.tenant_id == _TENANT, _MAPPINGS.c.role.in_(_ADMINISTRATORS)
)
_PERSON = (
    select(
        _USERS.c.status.label("user_status"),
        _USERS.c.roles,
        _TENANTS.c.status.label("tenant_status"),
        _KEYS.c.id.label("key_id"),
        _KEYS.c.revoked_at,
        _KEYS.c.expires_at,
        gathered(select(_INSIDE.c.group_id)).scalar_subquery().label("inside"),
        gathered(_MAPPED).scalar_subquery().label("mapped"),
    )
    .select_from(
        _USERS.join(_TENANTS, _TENANTS.c.id == _USERS.c.tenant_id).outerjoin(
            _KEYS, and_(_KEYS.c.user_id == _USERS.c.id, _KEYS.c.id == bindparam("key"))
        )
    )
    .where(_USERS.c.id == _USER, _USERS.c.tenant_id == _TENANT)
)
