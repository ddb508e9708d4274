"""Allowing: what people and groups are called, for sentences that speak of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from app.db.tenancy import TenantSession
from app.identity.tables import Group, User


@dataclass(frozen=True, slots=True)
class Names:
    """Names of people and groups by their ids."""

    by_id: Mapping[str, str] = field(default_factory=dict)

    def of(self, id_: str | None) -> str:
        """What somebody is called; who is gone is called by their id."""
        return self.by_id.get(id_ or "", id_ or "nobody")


async def read_names(session: TenantSession, user_ids: Collection[str], group_ids: Collection[str]) -> Names:
    """Read what some people and groups of the session's tenant are called."""
    people = await session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    groups = await session.execute(select(Group.id, Group.name).where(Group.id.in_(group_ids)))
    names = dict[str, str]()
    for id_, name in (*people, *groups):
        names[id_] = name
    return Names(names)
