"""A tenant of one test, with people who may do different things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from app.db.tenancy import Reach
from app.identity.founding import add_key, add_tenant, add_user
from app.identity.keys import new_key
from app.identity.tables import Tenant
from tests.world.platform import Running, unique


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key."""

    id: str
    key: str
    email: str


@dataclass(slots=True)
class Organisation:
    """A tenant of a partner of its own, apart from every other test's."""

    running: Running
    id: str
    slug: str
    partner_id: str
    people: dict[str, Person] = field(default_factory=dict)
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def person(self, name: str, *roles: str, permissions: Sequence[str] = ()) -> Person:
        """Add somebody with roles and direct module permissions."""
        key = new_key()
        async with self.running.platform.transactions.open(Reach.one(self.id)) as transaction:
            user = await add_user(
                transaction, self.id, email=f"{name}@{self.slug}.example", name=name.title(), roles=list(roles)
            )
            user.module_permissions = list(permissions)
            await add_key(transaction, user, key, name="test")
        person = Person(user.id, key, user.email)
        self.people[name] = person
        return person

    def client(self, name: str) -> httpx.AsyncClient:
        """A client that calls as one of the people."""
        client = self.running.client(self.people[name].key)
        self._clients.append(client)
        return client

    async def aclose(self) -> None:
        """Close every client handed out."""
        for client in self._clients:
            await client.aclose()


async def organisation(running: Running, *, partner_id: str | None = None) -> Organisation:
    """Make a tenant with an admin, a user and a viewer (named so); under a new partner unless one is given."""
    slug = unique("acme")
    partner = partner_id or (unique("partner"), "Partner")
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        tenant: Tenant = await add_tenant(transaction, slug=slug, display_name="Acme", partner=partner)
    made = Organisation(running, tenant.id, tenant.slug, tenant.partner_id)
    await made.person("admin", "tenant_admin")
    await made.person("user", "tenant_user")
    await made.person("viewer", "tenant_viewer")
    return made
