"""One request or job is one transaction: all of it or nothing."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.db.tenancy import Reach, WriteInReading
from app.db.transaction import Transaction, Transactions
from app.identity.tables import Group, User
from app.ids import new_id
from tests.app.db.conftest import Neighbour


async def rename(transaction: Transaction, ours: Neighbour, name: str) -> None:
    (await transaction.session.get_one(User, ours.user)).name = name


async def name_of(transactions: Transactions, ours: Neighbour) -> str | None:
    async with transactions.open(ours.reach, writes=False) as transaction:
        return await transaction.session.scalar(select(User.name))


async def test_a_block_that_ends_well_is_kept(transactions: Transactions, ours: Neighbour) -> None:
    async with transactions.open(ours.reach) as transaction:
        await rename(transaction, ours, "Grace")
    assert await name_of(transactions, ours) == "Grace"


async def test_a_block_that_fails_leaves_nothing_flushed_or_not(transactions: Transactions, ours: Neighbour) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transactions.open(ours.reach) as transaction:
            await rename(transaction, ours, "Grace")
            await transaction.session.flush()
            raise ZeroDivisionError
    assert await name_of(transactions, ours) == "Ada"


async def test_what_comes_after_a_commit_comes_only_then(transactions: Transactions, ours: Neighbour) -> None:
    told: list[str] = []
    async with transactions.open(ours.reach) as transaction:
        transaction.after_commit(lambda: told.append("kept"))
        assert told == []
    with pytest.raises(ZeroDivisionError):
        async with transactions.open(ours.reach) as transaction:
            transaction.after_commit(lambda: told.append("lost"))
            raise ZeroDivisionError
    assert told == ["kept"]


async def test_what_comes_last_sees_the_changes_and_keeps_its_order(
    transactions: Transactions, ours: Neighbour
) -> None:
    order: list[str] = []

    async with transactions.open(ours.reach) as transaction:

        async def second() -> None:
            order.append("second")

        async def first() -> None:
            order.append(str(await transaction.session.scalar(select(User.name))))
            transaction.before_commit(third)

        async def third() -> None:
            order.append("third")

        transaction.before_commit(first)
        transaction.before_commit(second)
        transaction.after_commit(lambda: order.append("after"))
        await rename(transaction, ours, "Grace")
        order.append("block")
    assert order == ["block", "Grace", "second", "third", "after"]


async def test_last_work_of_one_kind_is_done_once_and_misses_nothing_that_comes_late(
    transactions: Transactions, ours: Neighbour
) -> None:
    done: list[list[str]] = []

    async def deed(transaction: Transaction, items: list[str]) -> None:
        done.append(items)
        if len(done) == 1:
            transaction.before_commit_together(deed, "late")

    async with transactions.open(ours.reach) as transaction:
        for item in ("one", "two"):
            transaction.before_commit_together(deed, item)
        await rename(transaction, ours, "Grace")
    assert done == [["one", "two"], ["late"]]
    with pytest.raises(WriteInReading):
        async with transactions.open(ours.reach, writes=False) as transaction:
            transaction.before_commit_together(deed, "never")


async def test_last_work_that_fails_undoes_everything(transactions: Transactions, ours: Neighbour) -> None:
    told: list[str] = []

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with transactions.open(ours.reach) as transaction:
            transaction.before_commit(fail)
            transaction.after_commit(lambda: told.append("lost"))
            await rename(transaction, ours, "Grace")
    assert await name_of(transactions, ours) == "Ada"
    assert told == []


async def test_a_cancelled_request_leaves_nothing(transactions: Transactions, ours: Neighbour) -> None:
    reached = asyncio.Event()
    told: list[str] = []

    async def request() -> None:
        async with transactions.open(ours.reach) as transaction:
            transaction.after_commit(lambda: told.append("lost"))
            await rename(transaction, ours, "Grace")
            await transaction.session.flush()
            reached.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(request())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await name_of(transactions, ours) == "Ada"
    assert told == []
    async with transactions.open(ours.reach) as transaction:  # and no lock
        await rename(transaction, ours, "Grace")


async def test_many_cancelled_at_any_moment_leave_whole_things_and_free_connections(
    transactions: Transactions, ours: Neighbour
) -> None:
    now = transactions.clock.now()

    async def request(mark: str) -> None:
        async with transactions.open(ours.reach) as transaction:
            for _ in range(2):
                group = Group(id=new_id("grp"), name=mark, created_at=now, updated_at=now)
                transaction.session.add(group)
                await transaction.session.flush()

    tasks = [asyncio.create_task(request(str(place))) for place in range(40)]
    for place, task in enumerate(tasks):
        await asyncio.sleep(0.001)
        if place % 2:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with transactions.open(ours.reach, writes=False) as transaction:
        names = list(await transaction.session.scalars(select(Group.name).where(Group.name != "team")))
    assert all(names.count(name) == 2 for name in names)
    assert {str(place) for place in range(0, 40, 2)} <= set(names)


async def test_a_transaction_for_reading_writes_nothing(transactions: Transactions, ours: Neighbour) -> None:
    async def note() -> None:
        raise AssertionError

    with pytest.raises(WriteInReading):
        async with transactions.open(ours.reach, writes=False) as transaction:
            await rename(transaction, ours, "Grace")
    with pytest.raises(WriteInReading):
        async with transactions.open(ours.reach, writes=False) as transaction:
            transaction.before_commit(note)
    assert await name_of(transactions, ours) == "Ada"


async def test_a_reader_sees_one_moment(transactions: Transactions, ours: Neighbour) -> None:
    async with transactions.open(ours.reach, writes=False) as reader:
        before = await reader.session.scalar(select(User.name))
        async with transactions.open(ours.reach) as writer:
            await rename(writer, ours, "Grace")
        assert await reader.session.scalar(select(User.name)) == before
    assert await name_of(transactions, ours) == "Grace"


async def test_of_two_who_change_the_same_version_one_is_told(transactions: Transactions, ours: Neighbour) -> None:
    async with transactions.open(ours.reach, writes=False) as early:
        stale = await early.session.get_one(User, ours.user)
        early.session.expunge(stale)
    async with transactions.open(ours.reach) as first:
        await rename(first, ours, "Grace")
    with pytest.raises(StaleDataError):
        async with transactions.open(ours.reach) as second:
            second.session.add(stale)
            stale.name = "Barbara"
    assert await name_of(transactions, ours) == "Grace"


async def test_a_writer_reads_what_was_committed_last(transactions: Transactions, ours: Neighbour) -> None:
    """A decision made on an older snapshot than the lock it takes would undo somebody's change."""

    async def append(letter: str) -> None:
        async with transactions.open(ours.reach) as transaction:
            await transaction.session.scalar(select(Group.id))
            user = await transaction.session.get_one(User, ours.user, with_for_update=True, populate_existing=True)
            user.name += letter

    await asyncio.gather(*(append(letter) for letter in "abcdefgh"))
    assert sorted((await name_of(transactions, ours) or "").removeprefix("Ada")) == list("abcdefgh")


async def test_nothing_is_open_to_a_session_without_a_tenant_but_by_name(transactions: Transactions) -> None:
    with pytest.raises(TypeError):
        transactions.open()  # type: ignore[call-arg] # that is the point
    assert Reach.everywhere().only is None
