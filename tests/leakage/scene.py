"""One tenant with a collection, and everybody who asks about it: from its owner to those who are nobody any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from sqlalchemy import select

from acl.facts import Effect, PrincipalType
from acl.permission import MANAGER, VIEWER, Permission
from app.db.tenancy import Reach
from app.identity.tables import ApiKey, User
from tests.world.crawls import crawl_ids
from tests.world.graphs import graph_ids
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.shelves import WORDS, Shelf, enter, group, shelf, withdraw

MATRIX_RIGHTS = tuple(f"scaimatrix:{verb}" for verb in ("view", "search", "ingest", "manage", "graph_edit", "access"))
# Who can do what here, by the right they have on the collection.
GRANTED = {"manager": MANAGER, "viewer with a list": VIEWER, "reader": int(Permission.READ)}
OUTSIDE = ("peer", "revoked", "foreign admin", "foreign partner admin", "sister admin", "sister partner admin")
DEAD = ("suspended", "expired", "key revoked", "nobody", "unknown")


@dataclass(slots=True)
class Scene:
    """The ids of what is there, and the key of everybody."""

    running: Running
    acme: Organisation
    shelf: Shelf
    there: Mapping[str, str]
    keys: dict[str, str | None] = field(default_factory=dict)
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def asking(self, name: str) -> httpx.AsyncClient:
        """The client of somebody."""
        if name not in self._clients:
            self._clients[name] = self.running.client(self.keys[name])
        return self._clients[name]

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()


async def scene(running: Running) -> Scene:
    """Build it; everybody inside holds the module's permissions, so that access alone decides."""
    acme = await organisation(running)
    for name in ("owner", "manager", "viewer with a list", "reader", "peer", "revoked", "suspended", "expired"):
        await acme.person(name, "tenant_user", permissions=MATRIX_RIGHTS)
    await acme.person("key revoked", "tenant_user", permissions=MATRIX_RIGHTS)
    theirs = await shelf(acme, "it", owner="owner")
    await theirs.write("it")
    document, staff = theirs.documents["it"], await group(acme, "staff", "owner")
    there = (
        await graph_ids(theirs, "it", WORDS)
        | await crawl_ids(theirs, "it", "owner")
        | {
            "collection_id": theirs.id,
            "collection_slug": theirs.slug,
            "document_id": document,
            "ace_id": await enter(acme, theirs.id, Effect.ALLOW, (PrincipalType.GROUP, staff)),
            "document_ace_id": await enter(acme, document, Effect.ALLOW, (PrincipalType.GROUP, staff)),
            "user_id": acme.people["user"].id,
            "group_id": staff,
        }
    )
    for name, permissions in GRANTED.items():
        await _let(acme, theirs, name, permissions)
    made = Scene(running, acme, theirs, there, {name: person.key for name, person in acme.people.items()})
    await _outsiders(made)
    await _ended(made)
    return made


async def _let(acme: Organisation, its: Shelf, name: str, permissions: int) -> str:
    whom = (PrincipalType.USER, acme.people[name].id)
    return await enter(acme, its.id, Effect.ALLOW, whom, permissions=permissions)


async def _outsiders(made: Scene) -> None:
    foreign, sister = (
        await organisation(made.running),
        await organisation(made.running, partner_id=made.acme.partner_id),
    )
    for prefix, tenant in (("foreign", foreign), ("sister", sister)):
        await tenant.person("partners", "tenant_admin", "partner_admin", permissions=MATRIX_RIGHTS)
        made.keys[f"{prefix} admin"] = tenant.people["admin"].key
        made.keys[f"{prefix} partner admin"] = tenant.people["partners"].key
        await tenant.aclose()


async def _ended(made: Scene) -> None:
    """Take from some what they had, after they have used it."""
    made.keys |= {"nobody": None, "unknown": "sgk_" + "u" * 40}
    entries = [await _let(made.acme, made.shelf, name, MANAGER) for name in ("revoked", *DEAD[:3])]
    path = f"/v1/modules/scaimatrix/permissions/collection/{made.shelf.id}"
    for name in ("revoked", *DEAD[:3]):
        assert (await made.asking(name).get(path)).status_code == 200, "they had something to lose"
    await withdraw(made.acme, entries[0])
    people = {name: made.acme.people[name].id for name in DEAD[:3]}
    async with made.running.platform.transactions.open(Reach.one(made.acme.id)) as transaction:
        now = transaction.clock.now()
        (await transaction.session.get_one(User, people["suspended"])).status = "suspended"
        for key in await transaction.session.scalars(select(ApiKey)):
            if key.user_id == people["expired"]:
                key.expires_at = now - timedelta(seconds=1)
            if key.user_id == people["key revoked"]:
                key.revoked_at = now
