"""A world written into the database, row by row, and changed there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from acl.tables import AccessEntry, AccessList
from app.db.tenancy import Reach
from app.identity.keys import digest, new_key
from app.identity.tables import (
    ACTIVE,
    SUSPENDED,
    ApiKey,
    Group,
    GroupMember,
    GroupNesting,
    Partner,
    RoleMapping,
    Tenant,
    User,
)
from app.ids import new_id
from tests.acl.worlds import NOW, Line, Thing, World
from tests.world.platform import Running

_MADE: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}


async def write(world: World, running: Running) -> dict[str, str]:
    """Write it all down; returns everybody's key."""
    keys = {id_: new_key() for id_ in world.people}
    things = sorted(world.things.values(), key=lambda thing: thing.collection is not None)
    kind: type = Partner
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        for row in (
            *_tenants(world),
            *_people(world, keys),
            *_groups(world),
            *(_list_of(thing) for thing in things),
            *(_row_of(line, world) for line in reversed(world.lines)),  # their order is that of their ids all the same
        ):
            if kind is not type(row):
                await transaction.session.flush()  # what a row refers to is there before it
            kind = type(row)
            transaction.session.add(row)
    return keys


async def change(world: World, running: Running) -> None:
    """Change something of everything that decides: entries, inheritance, owners, default access, nestings."""
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        session = transaction.session
        for line in world.lines[::2]:
            await session.delete(await session.get_one(AccessEntry, line.id))
        for thing in world.things.values():
            access = await session.get_one(AccessList, thing.id)
            access.inherits = not thing.inherits and thing.collection is not None
            access.owner_id = None
            access.default_access = "tenant"
        for outer, inner in world.nestings[::2]:
            await session.delete(await session.get_one(GroupNesting, (outer, inner)))
    world.lines, world.nestings = world.lines[1::2], world.nestings[1::2]
    world.things = {
        id_: replace(
            thing, owner=None, inherits=not thing.inherits and thing.collection is not None, default_access="tenant"
        )
        for id_, thing in world.things.items()
    }


def _tenants(world: World) -> list[Any]:
    partner = Partner(id=new_id("prt"), slug=new_id("prt"), display_name="Partner", **_MADE)
    return [
        partner,
        *(
            Tenant(id=id_, partner_id=partner.id, slug=new_id("tnt"), display_name="T", status=_status(so), **_MADE)
            for id_, so in world.tenants.items()
        ),
    ]


def _people(world: World, keys: dict[str, str]) -> list[Any]:
    people, their_keys = list[Any](), list[Any]()
    for person in world.people.values():
        whose: dict[str, Any] = {"id": person.id, "tenant_id": person.tenant, "name": "P", **_MADE}
        roles, status = [person.role] if person.role else [], _status(person.suspended)
        people.append(User(email=person.id, roles=roles, status=status, **whose))
        their_keys.append(
            ApiKey(user_id=person.id, digest=digest(keys[person.id]), prefix="sgk_", scopes=None, **whose)
        )
    return people + their_keys


def _groups(world: World) -> list[Any]:
    rows: list[Any] = [Group(id=id_, tenant_id=tenant, name="G", **_MADE) for id_, tenant in world.groups.items()]
    for group, person in world.members:
        rows.append(GroupMember(tenant_id=world.groups[group], group_id=group, user_id=person, created_at=NOW))
    for outer, inner in world.nestings:
        rows.append(GroupNesting(tenant_id=world.groups[outer], group_id=outer, child_id=inner, created_at=NOW))
    for group, role in world.mapped:
        rows.append(RoleMapping(id=new_id("map"), tenant_id=world.groups[group], group_id=group, role=role, **_MADE))
    return rows


def _list_of(thing: Thing) -> AccessList:
    return AccessList(
        resource_id=thing.id,
        tenant_id=thing.tenant,
        kind="document" if thing.collection else "collection",
        collection_id=thing.collection,
        owner_id=thing.owner,
        inherits=thing.inherits,
        default_access=thing.default_access,
        **_MADE,
    )


def _row_of(line: Line, world: World) -> AccessEntry:
    thing = world.things[line.on]
    return AccessEntry(
        id=line.id,
        tenant_id=thing.tenant,
        resource_id=thing.id,
        collection_id=thing.collection or thing.id,
        ace_type=line.effect,
        principal_type=line.whom,
        principal_id=line.named,
        permissions=line.permissions,
        expires_at=line.expires_at,
        created_at=NOW,
    )


def _status(suspended: bool) -> str:
    return SUSPENDED if suspended else ACTIVE
