"""Allowing: what people and groups are called, for sentences that speak of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from app.db.tenancy import TenantSession
from app.identity.tables import Group, User


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id; who has none any more is called by their id."""

    people: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def person(self, user_id: str | None) -> str:
        """What a person is called."""
        return self.people.get(user_id or "", user_id or "somebody")

    def group(self, group_id: str | None) -> str:
        """What a group is called."""
        return self.groups.get(group_id or "", group_id or "a group")


async def read_names(session: TenantSession, user_ids: Collection[str], group_ids: Collection[str]) -> Names:
    """Read what some people and groups of the session's tenant are called."""
    people = await session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    groups = await session.execute(select(Group.id, Group.name).where(Group.id.in_(group_ids)))
    return Names(dict(people.tuples().all()), dict(groups.tuples().all()))
