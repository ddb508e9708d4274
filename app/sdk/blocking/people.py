# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: people, groups, and the keys they come with."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime

from ..sending import HasId, given, id_of, path_of
from ..shapes.allowing import Group, Key, Member, NewKey, User
from .transport import Transport


class Users:
    """People of a tenant."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self, *, email: str | None = None) -> Generator[User, None, None]:
        """All of them, or the one with an address."""
        return self._transport.every("/v1/users", User, email=email)

    def get(self, user: HasId | str) -> User:
        """One."""
        return User.read(self._transport.get("/v1/users" + path_of(id_of(user))))


class Groups:
    """People who may do the same."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self) -> Generator[Group, None, None]:
        """All of the tenant."""
        return self._transport.every("/v1/groups", Group)

    def members(self, group: HasId | str) -> Generator[Member, None, None]:
        """Who is in it."""
        return self._transport.every("/v1/groups" + path_of(id_of(group), "members"), Member)

    def create(self, name: str) -> Group:
        """Make one."""
        return Group.read(self._transport.create("/v1/groups", {"name": name}))

    def add(self, group: HasId | str, member: HasId | str) -> Member:
        """Put a user, or a group, into it."""
        id_ = id_of(member)
        body = {"type": "group" if id_.startswith("grp_") else "user", "id": id_}
        return Member.read(self._transport.create("/v1/groups" + path_of(id_of(group), "members"), body))

    def remove(self, group: HasId | str, member: HasId | str) -> None:
        """Take somebody out of it."""
        self._transport.delete("/v1/groups" + path_of(id_of(group), "members", id_of(member)))


class Keys:
    """API keys."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self, *, user: HasId | str | None = None) -> Generator[Key, None, None]:
        """Those that the owner of this one may see."""
        return self._transport.every("/v1/api-keys", Key, user_id=None if user is None else id_of(user))

    def create(
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
        return NewKey.read(self._transport.create("/v1/api-keys", body))

    def revoke(self, key: HasId | str) -> None:
        """End it at once."""
        self._transport.delete("/v1/api-keys" + path_of(id_of(key)))
