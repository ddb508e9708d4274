"""How long decisions about access take in one process, before a database with a world in it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from acl.access import Access
from acl.chokepoint import Chokepoint
from acl.plan import plan_access, readable_among
from acl.reading import AccessLane
from acl.tables import AccessEntry
from app.clock import SystemClock
from app.db.base import ACCESS
from app.db.engine import Database
from app.db.epochs import bump
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.heap import settle
from app.identity.caller import Caller
from app.identity.credentials import caller_of, epoch_in
from app.identity.tables import Tenant, User
from app.ids import new_id
from bench.world import TENANT, World

ROUNDS = 60
_ASKERS = 60
Times = list[float]  # ms


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate."""

    document_id: str


@asynccontextmanager
async def process(database: Database, world: World) -> AsyncIterator[Bench]:
    """The access room of one process, before a database with a world in it."""
    clock = SystemClock()
    lane, transactions = AccessLane(database.lanes, clock), Transactions(database, clock)
    bench = Bench(world, database, transactions, Access(clock, lane))
    for user in world.users[:_ASKERS]:
        async with transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            person, tenant = await session.get_one(User, user), await session.get_one(Tenant, TENANT)
            as_of = await epoch_in(session, TENANT)
            bench.callers.append(replace(await caller_of(session, person, tenant), as_of=as_of))
    settle()  # as a server does once it is open
    yield bench
    lane.close()
    await database.dispose()


@dataclass(slots=True)
class Bench:
    """Questions put to it, and how long they took."""

    world: World
    database: Database
    transactions: Transactions
    access: Access
    callers: list[Caller] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(2))  # noqa: S311 - a sample, not a secret

    async def run(self) -> dict[str, Times]:
        """Time everything, each kind of question in rounds of its own."""
        measured = dict[str, Times]()
        for size in (50, 1_000, 5_000):
            measured[f"{size:,} candidates, nothing known"] = await self.batches(size, known=False, warm=False)
            measured[f"{size:,} candidates, caller known"] = await self.batches(size, known=True, warm=False)
            measured[f"{size:,} candidates, all known"] = await self.batches(size, known=True, warm=True)
        measured["plan for a collection"] = await _times(self.plan, self.forget)
        measured["every readable document"] = await _times(self.readable, self.forget)
        measured["revoking: the change"], measured["revoking: 1,000 candidates after it"] = await self.revocations()
        return measured

    async def batches(self, size: int, *, known: bool, warm: bool) -> Times:
        """Batches of candidates, each of others, or one over and over, which everybody has asked about before."""
        documents, chance = self.world.documents, self.chance
        batches = [[Found(id_) for id_ in chance.sample(documents, size)] for _ in range(1 if warm else ROUNDS)]
        if warm:
            for caller in self.callers:
                await self.filter(caller, batches[0])

        async def ask(turn: int) -> None:
            caller = self.caller(turn)
            await self.filter(caller if known else replace(caller, as_of=-1), batches[turn % len(batches)])

        return await _times(ask, _nothing if warm else self.forget)

    def caller(self, turn: int) -> Caller:
        """Whose turn it is."""
        return self.callers[turn % len(self.callers)]

    async def filter(self, caller: Caller, found: Sequence[Found]) -> set[str]:
        """What a caller gets to see."""
        async with self.transactions.open(Reach.one(TENANT), writes=False) as transaction:
            seen = await Chokepoint(self.access).filter_results_by_acl(transaction.session, caller, found)
        return {one.value.document_id for one in seen}

    async def plan(self, turn: int) -> None:
        """Work out a plan."""
        async with self.transactions.open(Reach.one(TENANT), writes=False) as transaction:
            caller, collections = replace(self.caller(turn), as_of=-1), list(self.world.allowed)
            resolver = self.access.resolver(transaction.session)
            await plan_access(resolver, caller, collections[turn % len(collections)])

    async def readable(self, turn: int) -> None:
        """List all that somebody may read."""
        async with self.transactions.open(Reach.one(TENANT), writes=False) as transaction:
            resolver = self.access.resolver(transaction.session)
            await readable_among(resolver, replace(self.caller(turn), as_of=-1), list(self.world.allowed))

    async def forget(self) -> None:
        """Make all that is remembered stale, as a change of any list does."""

        def change() -> None:
            with self.database.lanes.begin() as connection:
                bump(connection, [ACCESS.format(tenant=TENANT)])

        await asyncio.to_thread(change)

    async def revocations(self) -> tuple[Times, Times]:
        """How long a deny takes to be put in, and the first batch that meets it; it is taken out again."""
        changes, answers = Times(), Times()
        found = [Found(id_) for id_ in self.chance.sample(self.world.documents, 1_000)]
        for turn in range(ROUNDS):
            id_, on = new_id("ace"), self.world.shelf[found[turn].document_id]
            caller = self.caller(turn)
            began = time.perf_counter()
            async with self.transactions.open(Reach.one(TENANT)) as transaction:
                entry = AccessEntry(id=id_, tenant_id=TENANT, resource_id=found[turn].document_id, collection_id=on)
                entry.ace_type, entry.principal_type, entry.permissions = "deny", "everyone", 1
                entry.created_at = transaction.clock.now()
                transaction.session.add(entry)
            changed = time.perf_counter()
            seen = await self.filter(caller, found)
            answers.append((time.perf_counter() - changed) * 1_000)
            changes.append((changed - began) * 1_000)
            if found[turn].document_id in seen and self.world.owners[found[turn].document_id] != caller.user_id:
                raise AssertionError("a revoked document was shown")
            async with self.transactions.open(Reach.one(TENANT)) as transaction:
                await transaction.session.delete(await transaction.session.get_one(AccessEntry, id_))
        return changes, answers


async def _nothing() -> None:
    """Leave everything as it is."""


async def _times(ask: Callable[[int], Awaitable[None]], before: Callable[[], Awaitable[None]]) -> Times:
    times = Times()
    for turn in range(ROUNDS):
        await before()
        began = time.perf_counter()
        await ask(turn)
        times.append((time.perf_counter() - began) * 1_000)
    return times
