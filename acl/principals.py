"""Allowing: whom entries can be about: the people and groups of the tenant, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from acl.errors import InvalidAce
from acl.facts import PrincipalType
from acl.tables import AccessEntry
from app.db.tenancy import TenantSession
from app.identity.tables import Group, User

_TABLES: dict[PrincipalType, type[User] | type[Group]] = {PrincipalType.USER: User, PrincipalType.GROUP: Group}
Principal = tuple[PrincipalType, str | None]
Names = dict[str, str]


async def require_principals(session: TenantSession, tenant_id: str, named: Mapping[str, Principal]) -> None:
    """Refuse entries about nobody of the tenant; each is named by the field that says whom it is about."""
    for field, (kind, id_) in named.items():
        if kind is PrincipalType.EVERYONE and id_ is not None:
            raise InvalidAce.of(field, "everyone has no id; leave it out")
        if kind is not PrincipalType.EVERYONE and id_ is None:
            raise InvalidAce.of(field, f"must name a {kind}")
    for kind, table in _TABLES.items():
        ids = {id_ for of_kind, id_ in named.values() if of_kind is kind}
        there = set(await session.scalars(select(table.id).where(table.tenant_id == tenant_id, table.id.in_(ids))))
        for field, (of_kind, id_) in named.items():
            if of_kind is kind and id_ not in there:
                raise InvalidAce.of(field, f"there is no such {kind} in this tenant")


async def names_of_principals(session: TenantSession, entries: Iterable[AccessEntry]) -> Names:
    """What those are called whom some entries are about, by id; who is gone is left out."""
    about = [(PrincipalType(entry.principal_type), entry.principal_id) for entry in entries]
    names: Names = {}
    for kind, table in _TABLES.items():
        ids = {id_ for principal_type, id_ in about if principal_type is kind and id_ is not None}
        if ids:
            found = await session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            names.update(dict(found.all()))
    return names
