"""Decisions in a process of their own: the database of the platform, and nothing else of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy import event

from acl.access import Access
from acl.chokepoint import Chokepoint
from acl.permission import Permission
from acl.reading import AccessLane
from acl.ref import ResourceRef
from app.db.engine import Database, open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.caller import Caller
from tests.world.people import Organisation


@dataclass(frozen=True, slots=True)
class Found:
    """Something found."""

    document_id: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Decides about things of one tenant."""

    organisation: Organisation
    database: Database
    transactions: Transactions
    access: Access

    async def caller(self, name: str) -> Caller:
        """One of the people, as they came in."""
        credentials = self.organisation.running.platform.credentials
        return (await credentials.admit(self.organisation.people[name].key)).caller

    async def visible(self, caller: Caller, ids: Sequence[str], *, writes: bool = False) -> list[str]:
        """What passes the chokepoint."""
        async with self.transactions.open(Reach.one(self.organisation.id), writes=writes) as transaction:
            found = await Chokepoint(self.access).filter_results_by_acl(
                transaction.session, caller, [Found(id_) for id_ in ids]
            )
        return [str(one.value.document_id) for one in found]

    async def explained(self, caller: Caller, ids: Sequence[str]) -> list[bool]:
        """What is decided about each."""
        async with self.transactions.open(Reach.one(self.organisation.id), writes=False) as transaction:
            refs = [ResourceRef.document(id_) for id_ in ids]
            resolver = self.access.resolver(transaction.session)
            return [one.allowed for one in await resolver.explain_many(caller, refs, Permission.READ)]

    @contextmanager
    def asked(self) -> Iterator[list[str]]:
        """The statements put to the database meanwhile, without what begins transactions."""
        asked: list[str] = []

        def note(*arguments: object) -> None:
            if str(arguments[2]).lstrip().startswith(("SELECT", "WITH")):
                asked.append(str(arguments[2]))

        engines = (self.database.requests.sync_engine, self.database.lanes)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        yield asked
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def desk(organisation: Organisation) -> AsyncIterator[Desk]:
    """Open one, which remembers nothing yet."""
    platform = organisation.running.platform
    database = open_database(organisation.running.settings.database)
    lane = AccessLane(database.lanes, platform.clock)
    yield Desk(organisation, database, Transactions(database, platform.clock), Access(platform.clock, lane))
    lane.close()
    await database.dispose()
