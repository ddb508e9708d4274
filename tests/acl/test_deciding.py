"""How a decision is come by: by few statements, by what is true now, and not at all when anything is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from acl.errors import AccessUndecided
from acl.permission import Permission
from acl.plan import plan_access, readable_among, readable_documents
from acl.ref import ResourceRef
from acl.tables import AccessEntry, AccessList
from app.db.tenancy import Reach
from app.errors import Kind
from app.identity.caller import Caller
from tests.acl.worlds import NOW, Line, Person, Thing, World
from tests.acl.written import write
from tests.world.platform import Running, unique

READ = Permission.READ


class Desk:
    """A collection of ada's tenant with an entry for her, and documents in it."""

    def __init__(self, running: Running) -> None:
        self.mark, self.running, self.platform = unique("desk") + "-", running, running.platform
        self.tenant, self.ada, self.shelf = (self.mark + name for name in ("acme", "ada", "shelf"))
        self.documents = [f"{self.mark}doc{number:04}" for number in range(1_000)]
        self.world = World(
            {self.tenant: False},
            {self.ada: Person(self.ada, self.tenant)},
            things={self.shelf: Thing(self.shelf, self.tenant)},
            lines=[Line(self.mark + "line", self.shelf, "allow", "user", self.ada, 255)],
        )
        for id_ in self.documents:
            self.world.things[id_] = Thing(id_, self.tenant, None, self.shelf, inherits=True)

    async def arrives(self) -> Caller:
        keys = await write(self.world, self.running)
        return (await self.platform.credentials.admit(keys[self.ada])).caller

    async def readable(self, caller: Caller, ids: list[str], *, writes: bool = False) -> list[bool]:
        async with self.platform.transactions.open(Reach.one(self.tenant), writes=writes) as transaction:
            refs = [ResourceRef.document(id_) for id_ in ids]
            decisions = await self.platform.access.resolver(transaction.session).explain_many(caller, refs, READ)
        return [decision.allowed for decision in decisions]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What is asked of the database."""
        asked: list[str] = []

        def note(*arguments: object) -> None:
            asked.append(str(arguments[2]))

        engines = (self.platform.database.requests.sync_engine, self.platform.database.lanes)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        yield asked
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def desk(at_noon: Running) -> Desk:
    return Desk(at_noon)


def about_access(asked: list[str]) -> int:
    """How many statements read what decides over access."""
    told = ("epochs", "mod_scaimatrix", "users", "group_members")
    return sum(
        statement.lstrip().startswith(("SELECT", "WITH")) and any(name in statement for name in told)
        for statement in asked
    )


async def test_a_thousand_are_decided_by_as_few_statements_as_one_and_by_one_when_nothing_changed(desk: Desk) -> None:
    ada = await desk.arrives()
    for ids in ([desk.documents[0]], desk.documents):
        with desk.statements() as asked:
            assert all(await desk.readable(ada, ids))
        assert about_access(asked) <= 3
        with desk.statements() as asked:
            assert all(await desk.readable(ada, ids))
        assert about_access(asked) == 1
    stranger = ada.__class__(**{**{name: getattr(ada, name) for name in ada.__slots__}, "as_of": -1})
    with desk.statements() as asked:
        await desk.readable(stranger, desk.documents, writes=True)
    assert about_access(asked) <= 5


async def test_what_a_transaction_changed_counts_in_it_and_nowhere_else_until_it_ends(desk: Desk) -> None:
    ada, document = await desk.arrives(), desk.documents[0]
    assert await desk.readable(ada, [document]) == [True]
    async with desk.platform.transactions.open(Reach.one(desk.tenant)) as transaction:
        session = transaction.session
        (await session.get_one(AccessList, document)).inherits = False
        await session.flush()
        resolver = desk.platform.access.resolver(session)
        assert not await resolver.can(ada, ResourceRef.document(document), READ)
        assert await desk.readable(ada, [document]) == [True]
        await session.rollback()
    assert await desk.readable(ada, [document]) == [True]
    async with desk.platform.transactions.open(Reach.one(desk.tenant)) as transaction:  # comes to the same epoch
        (await transaction.session.get_one(AccessList, desk.documents[1])).inherits = False
    assert await desk.readable(ada, desk.documents[:2]) == [True, False]


async def test_a_changed_entry_counts_for_the_next_question(desk: Desk) -> None:
    ada, document = await desk.arrives(), desk.documents[0]
    for permissions, may in ((2, False), (1, True), (254, False), (255, True)):
        async with desk.platform.transactions.open(Reach.one(desk.tenant)) as transaction:
            (await transaction.session.get_one(AccessEntry, desk.mark + "line")).permissions = permissions
        assert await desk.readable(ada, [document]) == [may]


async def test_a_document_that_came_later_is_found(desk: Desk) -> None:
    ada, late = await desk.arrives(), desk.mark + "late"
    assert await desk.readable(ada, [late, desk.documents[0]]) == [False, True]
    async with desk.platform.transactions.open(Reach.one(desk.tenant)) as transaction:
        transaction.session.add(
            AccessList(
                resource_id=late,
                kind="document",
                collection_id=desk.shelf,
                inherits=True,
                default_access="restricted",
                created_at=NOW,
                updated_at=NOW,
            )
        )
    assert await desk.readable(ada, [late, desk.documents[0]]) == [True, True]


async def test_what_is_gone_is_gone_and_its_documents_with_it(desk: Desk) -> None:
    ada = await desk.arrives()
    assert all(await desk.readable(ada, desk.documents[:2]))
    async with desk.platform.transactions.open(Reach.one(desk.tenant)) as transaction:
        await transaction.session.delete(await transaction.session.get_one(AccessList, desk.shelf))
    assert not any(await desk.readable(ada, desk.documents[:2]))


@pytest.mark.parametrize("column", ["ace_type", "principal_type"])
async def test_an_entry_that_cannot_be_read_lets_nobody_decide(desk: Desk, column: str) -> None:
    ada = await desk.arrives()
    async with desk.platform.transactions.open(Reach.one(desk.tenant)) as transaction:
        setattr(await transaction.session.get_one(AccessEntry, desk.mark + "line"), column, "perhaps")
    for writes in (False, True):
        with pytest.raises(AccessUndecided) as undecided:
            await desk.readable(ada, desk.documents[:1], writes=writes)
        assert undecided.value.kind is Kind.UNAVAILABLE
        assert "perhaps" not in str(undecided.value)
        assert undecided.value.__suppress_context__
    async with desk.platform.transactions.open(Reach.one(desk.tenant), writes=False) as transaction:
        resolver = desk.platform.access.resolver(transaction.session)
        for deed in (plan_access, readable_documents):
            with pytest.raises(AccessUndecided):
                await deed(resolver, ada, desk.shelf)


async def test_nothing_asked_is_nothing_decided(desk: Desk) -> None:
    ada = await desk.arrives()
    assert await desk.readable(ada, []) == []
    async with desk.platform.transactions.open(Reach.one(desk.tenant), writes=False) as transaction:
        with desk.statements() as asked:
            assert await desk.platform.chokepoint.filter_results_by_acl(transaction.session, ada, []) == []
        assert asked == []


async def test_a_plan_is_for_reading_unless_it_is_for_more(desk: Desk) -> None:
    desk.world.lines = [Line(desk.mark + "line", desk.shelf, "allow", "user", desk.ada, int(READ))]
    ada = await desk.arrives()
    async with desk.platform.transactions.open(Reach.one(desk.tenant), writes=False) as transaction:
        resolver = desk.platform.access.resolver(transaction.session)
        assert (await plan_access(resolver, ada, desk.shelf)).all_except
        assert (await plan_access(resolver, ada, desk.shelf, Permission.WRITE)).admits_nothing
        assert await readable_documents(resolver, ada, desk.shelf) == set(desk.documents)
        assert await readable_among(resolver, ada, [desk.shelf]) == set(desk.documents)
        assert await readable_documents(resolver, ada, desk.shelf, Permission.WRITE) == set()
