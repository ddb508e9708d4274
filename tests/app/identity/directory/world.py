"""A tenant whose groups are ScaiKey's, and what the tests ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from app.db.tenancy import Reach
from app.identity.directory.tables import DirectoryMirror, PendingMember
from app.identity.tables import Group, GroupMember, GroupNesting, Tenant, User
from tests.app.identity.asking import data
from tests.world.directory import CLIENT, WEBHOOK_SECRET, Directory, event, signed
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, unique
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey

PATH = "/v1/webhooks/scaikey"
HOUR = timedelta(hours=1)


def where(provider: ScaiKey, **changed: Any) -> dict[str, Any]:
    """Settings of a platform that follows a provider and, but for its events, reads it once an hour."""
    known = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE, "webhook_secret": WEBHOOK_SECRET}
    return {**known, "client_id": CLIENT[0], "client_secret": CLIENT[1], "reconcile_seconds": 3600} | changed


@dataclass(slots=True)
class Followed:
    """One tenant, here and at the provider."""

    running: Running
    provider: ScaiKey
    here: Organisation
    external: str

    @property
    def directory(self) -> Directory:
        """Its directory at the provider."""
        return self.provider.directory

    def group(self, name: str, *members: str, inside: tuple[str, ...] = (), called: str = "") -> None:
        """Make a group there, or change it; ids are the tenant's own."""
        people = [("user", member) for member in members]
        self.directory.group(
            self.external, self.id_of(name), *people, *(("group", self.id_of(each)) for each in inside), name=called
        )

    def id_of(self, name: str) -> str:
        """The external id of a group."""
        return f"{self.external}-{name}"

    async def tell(self, name: str = "", **changed: Any) -> httpx.Response:
        """Send an event about the tenant."""
        return await tell(self.running, event(name or unique("evt"), self.external, **changed))

    async def follow(self, *, fails: bool = False) -> DirectoryMirror:
        """Send an event and wait until the reading it causes has ended, and no other is to come within the hour."""
        before = await self.mirror()
        assert (await self.tell()).status_code == 200
        began = before.begun if before else 0

        async def ended() -> DirectoryMirror | None:
            now = await self.mirror()
            if now is None or now.begun <= began:
                return None
            if fails:
                return now if now.failures > (before.failures if before else 0) else None
            return now if now.applied == now.begun and now.read_at and now.due_at - now.read_at >= HOUR else None

        return await eventually(ended)

    async def mirror(self) -> DirectoryMirror | None:
        """How its mirror stands."""
        async with self.running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            return await transaction.session.get(DirectoryMirror, self.here.id)

    async def groups(self) -> dict[str, str]:
        """Names of the mirrored groups by our ids."""
        async with self.running.platform.transactions.open(Reach.one(self.here.id), writes=False) as transaction:
            rows = await transaction.session.execute(select(Group.id, Group.name).where(Group.external_id.is_not(None)))
            return {row.id: row.name for row in rows}

    async def ours(self, name: str) -> str:
        """Our id of a group."""
        async with self.running.platform.transactions.open(Reach.one(self.here.id), writes=False) as transaction:
            found = await transaction.session.scalar(select(Group.id).where(Group.external_id == self.id_of(name)))
            assert found is not None, name
            return str(found)

    async def edges(self) -> dict[str, set[str]]:
        """Who is in each group, by external ids; who is pending has a question mark, a group a slash."""
        async with self.running.platform.transactions.open(Reach.one(self.here.id), writes=False) as transaction:
            session = transaction.session
            groups = {row.id: row.external_id or row.name for row in await session.scalars(select(Group))}
            found: dict[str, set[str]] = {name.removeprefix(f"{self.external}-"): set() for name in groups.values()}
            people = {row.id: row.external_id or row.name for row in await session.scalars(select(User))}
            edges = [(row.group_id, people[row.user_id]) for row in await session.scalars(select(GroupMember))]
            nested = await session.scalars(select(GroupNesting))
            edges += [(row.group_id, "/" + groups[row.child_id].removeprefix(f"{self.external}-")) for row in nested]
            pending = await session.scalars(select(PendingMember))
            edges += [(row.group_id, row.external_id + "?") for row in pending]
            for group, whom in edges:
                found[groups[group].removeprefix(f"{self.external}-")].add(whom)
            return found

    async def arrive(self, sub: str, **claims: Any) -> dict[str, Any]:
        """Come with a token."""
        async with self.running.client(self.provider.token(sub, self.external, **claims)) as person:
            return dict(data(await person.get("/v1/me")))


async def tell(running: Running, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """Send an event; it is signed well unless headers are given."""
    async with running.client() as sender:
        return await sender.post(PATH, content=body, headers=signed(body) if headers is None else headers)


@asynccontextmanager
async def followed(running: Running, provider: ScaiKey) -> AsyncIterator[Followed]:
    """A tenant with nothing in its directory yet."""
    made, external = await organisation(running), unique("ext")
    provider.directory.tenants[external] = {}
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, made.id)).external_id = external
    yield Followed(running, provider, made, external)
    provider.directory.twist = provider.directory.before = None
    await made.aclose()
