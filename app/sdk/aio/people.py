"""SDK: people, groups, and the keys they come with."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from ..sending import HasId, given, id_of, path_of
from ..shapes.allowing import Group, Key, Member, NewKey, User
from .transport import Transport


class Users:
    """People of a tenant."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self, *, email: str | None = None) -> AsyncGenerator[User, None]:
        """All of them, or the one with an address."""
        return self._transport.every("/v1/users", User, email=email)

    async def get(self, user: HasId | str) -> User:
        """One."""
        return User.read(await self._transport.get("/v1/users" + path_of(id_of(user))))


class Groups:
    """People who may do the same."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self) -> AsyncGenerator[Group, None]:
        """All of the tenant."""
        return self._transport.every("/v1/groups", Group)

    def members(self, group: HasId | str) -> AsyncGenerator[Member, None]:
        """Who is in it."""
        return self._transport.every("/v1/groups" + path_of(id_of(group), "members"), Member)

    async def create(self, name: str) -> Group:
        """Make one."""
        return Group.read(await self._transport.create("/v1/groups", {"name": name}))

    async def add(self, group: HasId | str, member: HasId | str) -> Member:
        """Put a user, or a group, into it."""
        id_ = id_of(member)
        body = {"type": "group" if id_.startswith("grp_") else "user", "id": id_}
        return Member.read(await self._transport.create("/v1/groups" + path_of(id_of(group), "members"), body))

    async def remove(self, group: HasId | str, member: HasId | str) -> None:
        """Take somebody out of it."""
        await self._transport.delete("/v1/groups" + path_of(id_of(group), "members", id_of(member)))


class Keys:
    """API keys."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self, *, user: HasId | str | None = None) -> AsyncGenerator[Key, None]:
        """Those that the owner of this one may see."""
        return self._transport.every("/v1/api-keys", Key, user_id=None if user is None else id_of(user))

    async def create(
        self,
        name: str,
        *,
        user: HasId | str | None = None,
        scopes: Sequence[str] | None = None,
        expires_at: datetime | None = None,
    ) -> NewKey:
        """Make one; it is shown this once."""
        ends = None if expires_at is None else expires_at.isoformat()
        who = None if user is None else id_of(user)
        body = given(name=name, assigned_user_id=who, scopes=scopes, expires_at=ends)
        return NewKey.read(await self._transport.create("/v1/api-keys", body))

    async def revoke(self, key: HasId | str) -> None:
        """End it at once."""
        await self._transport.delete("/v1/api-keys" + path_of(id_of(key)))
