"""Ground floor, identity: what is asked of this room's tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, select

from app.db.tenancy import TenantSession
from app.identity.permissions import Role
from app.identity.tables import CustomRole, Group, GroupMember, GroupNesting, RoleMapping, User
from app.paging import Page, PageRequest, cut

Kind = TypeVar("Kind", bound=Any)
MemberType = Literal["user", "group"]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody, or another group, directly in a group."""

    type: MemberType
    id: str
    name: str


async def one(session: TenantSession, kind: type[Kind], *where: ColumnElement[bool]) -> Kind | None:
    """Read the row that meets some conditions, if there is one."""
    found: Kind | None = await session.scalar(select(kind).where(*where).limit(1))
    return found


async def exists(session: TenantSession, kind: type[Any], *where: ColumnElement[bool]) -> bool:
    """Whether some row meets the conditions."""
    return await session.scalar(select(kind.id).where(*where).limit(1)) is not None


async def page_of(
    session: TenantSession, kind: type[Kind], request: PageRequest, *where: ColumnElement[bool]
) -> Page[Kind]:
    """Read one page of the rows that meet some conditions, in the order of their ids."""
    rows = await session.scalars(_sliced(select(kind).where(*where), kind.id, request))
    return cut(rows.all(), request, lambda row: str(row.id))


async def members_of(session: TenantSession, group: Group, request: PageRequest) -> Page[Member]:
    """Read one page of who is directly in a group: people and groups, in the order of their ids."""
    people = select(User.id, User.name).join(GroupMember, GroupMember.user_id == User.id)
    people = people.where(GroupMember.group_id == group.id)
    nested = select(Group.id, Group.name).join(GroupNesting, GroupNesting.child_id == Group.id)
    nested = nested.where(GroupNesting.group_id == group.id)
    found = [Member("user", *row) for row in await session.execute(_sliced(people, User.id, request))]
    found += [Member("group", *row) for row in await session.execute(_sliced(nested, Group.id, request))]
    found.sort(key=lambda member: member.id, reverse=request.order == "desc")
    return cut(found, request, lambda member: member.id)


async def custom_roles_named(session: TenantSession, tenant_id: str, ids: Iterable[str]) -> list[CustomRole]:
    """Read the custom roles of a tenant that some ids name."""
    wanted = select(CustomRole).where(CustomRole.tenant_id == tenant_id, CustomRole.id.in_(set(ids)))
    return list(await session.scalars(wanted))


async def people_having(session: TenantSession, role: CustomRole) -> list[User]:
    """Read everybody who was given a custom role directly."""
    people = await session.execute(select(User.id, User.custom_role_ids).where(User.tenant_id == role.tenant_id))
    having = [user_id for user_id, held in people if role.id in held]
    return [await session.get_one(User, user_id) for user_id in having]


async def holds_super_admins(session: TenantSession, tenant_id: str) -> bool:
    """Whether somebody who runs the platform lives in a tenant."""
    people = await session.scalars(select(User.roles).where(User.tenant_id == tenant_id))
    if any(Role.SUPER_ADMIN in roles for roles in people):
        return True
    through_group = RoleMapping.role == str(Role.SUPER_ADMIN)
    return await exists(session, RoleMapping, RoleMapping.tenant_id == tenant_id, through_group)


def _sliced(statement: Any, place: Any, request: PageRequest) -> Any:
    """Start after the page's mark, sort by the same column, and read one more than is shown."""
    if request.after is not None:
        statement = statement.where(place < request.after if request.order == "desc" else place > request.after)
    return statement.order_by(place.desc() if request.order == "desc" else place.asc()).limit(request.limit + 1)
