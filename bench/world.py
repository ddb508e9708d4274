"""A world of documents, people and nested groups, as plain values, and the same put into a database of ours."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Engine, Table, insert

from acl.permission import VIEWER
from acl.tables import AccessEntry, AccessList
from app.db.base import Base
from app.identity.tables import Group, GroupMember, GroupNesting, Partner, Tenant, User

TENANT = "tnt_bench"
_WIDE, _NARROW = slice(4, 13), slice(13, 40)  # groups two and three steps below the outermost: of 30 % and 11 %
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class World:
    """Who is in which groups, and what the lists say; an entry is the group it speaks of."""

    users: list[str]
    groups: list[str]
    members: dict[str, list[str]]  # user -> groups
    above: dict[str, str]  # group -> the one it is inside
    allowed: dict[str, list[str]]  # collection -> groups that may read it
    shelf: dict[str, str]  # document -> its collection
    owners: dict[str, str]  # document -> user
    denied: dict[str, str]  # document -> the group that may not read it

    @property
    def documents(self) -> list[str]:
        """Every document."""
        return list(self.shelf)


def make_world(times: int = 1) -> World:
    """10,000 documents in 20 collections of 3 entries, 1,000 users in 200 nested groups; or so many times more."""
    chance = random.Random(1)  # noqa: S311 - a world, not a secret
    users, groups = _ids("usr", 1_000 * times), _ids("grp", 200 * times)
    collections, documents = _ids("col", 20 * times), _ids("doc", 10_000 * times)
    shelf = {document: collections[place % len(collections)] for place, document in enumerate(documents)}
    return World(
        users=users,
        groups=groups,
        members={user: chance.sample(groups, 3) for user in users},
        above={group: groups[place // 3] for place, group in enumerate(groups) if place},
        allowed={
            collection: [chance.choice(groups[_WIDE]), *chance.sample(groups[_NARROW], 2)] for collection in collections
        },
        shelf=shelf,
        owners={document: chance.choice(users) for document in documents},
        denied={document: chance.choice(groups) for document in documents[::20]},
    )


def _ids(prefix: str, number: int) -> list[str]:
    return [f"{prefix}_{place:026d}" for place in range(number)]


def put_world(engine: Engine, world: World) -> None:
    """Put a world into an empty, migrated database."""
    now = datetime.now(UTC)
    stamped = {"version": 1, "created_at": now, "updated_at": now}
    named = {"slug": "bench", "display_name": "bench", **stamped}
    with engine.begin() as connection:
        for kind, rows in _rows(world, named, stamped, now):
            batch = list(rows)
            for start in range(0, len(batch), _AT_ONCE):
                connection.execute(insert(cast("Table", kind.__table__)), batch[start : start + _AT_ONCE])


def _rows(
    world: World, named: dict[str, Any], stamped: dict[str, Any], now: datetime
) -> Iterator[tuple[type[Base], Iterable[dict[str, Any]]]]:
    in_tenant = {"tenant_id": TENANT}
    yield Partner, [{"id": "prt_bench", **named}]
    yield Tenant, [{"id": TENANT, "partner_id": "prt_bench", "status": "active", "settings": {}, **named}]
    person = {"status": "active", "roles": ["tenant_user"], "custom_role_ids": [], "module_permissions": []}
    yield User, ({"id": user, "email": user, "name": user, **in_tenant, **person, **stamped} for user in world.users)
    yield Group, ({"id": group, "name": group, **in_tenant, **stamped} for group in world.groups)
    tie = {**in_tenant, "created_at": now}
    yield (
        GroupMember,
        ({"group_id": group, "user_id": user, **tie} for user, groups in world.members.items() for group in groups),
    )
    yield GroupNesting, ({"child_id": child, "group_id": above, **tie} for child, above in world.above.items())
    yield from _lists(world, {**in_tenant, **stamped}, tie)


def _lists(
    world: World, stamped: dict[str, Any], tie: dict[str, Any]
) -> Iterator[tuple[type[Base], Iterable[dict[str, Any]]]]:
    shared = {"default_access": "restricted", **stamped}
    yield (
        AccessList,
        (
            {"resource_id": id_, "kind": "collection", "collection_id": None, "owner_id": None, "inherits": False}
            | shared
            for id_ in world.allowed
        ),
    )
    yield (
        AccessList,
        (
            {"resource_id": id_, "kind": "document", "collection_id": on, "owner_id": world.owners[id_]}
            | {"inherits": True, **shared}
            for id_, on in world.shelf.items()
        ),
    )
    about = [(on, on, "allow", group, VIEWER) for on, groups in world.allowed.items() for group in groups]
    about += [(id_, world.shelf[id_], "deny", group, 1) for id_, group in world.denied.items()]
    fields = ("resource_id", "collection_id", "ace_type", "principal_id", "permissions")
    constant = {"principal_type": "group", "expires_at": None, "note": "", "created_by": None, **tie}
    yield (
        AccessEntry,
        (
            {"id": f"ace_{place:026d}", **dict(zip(fields, line, strict=True)), **constant}
            for place, line in enumerate(about)
        ),
    )
