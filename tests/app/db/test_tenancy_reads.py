"""A session of one tenant reads nothing of another, however it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, exists, func, lambda_stmt, literal, literal_column, select, table, text, true, union_all
from sqlalchemy.orm import Bundle, aliased

from app.db.narrowing import NotNarrowable
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.tables import Group, Tenant, User
from tests.app.db.conftest import Neighbour

USERS: Table = User.metadata.tables["users"]
Alias = aliased(User)


def recursive(theirs: Neighbour) -> Any:
    """Walk to everybody from everybody."""
    start = select(User.id).where(User.tenant_id == theirs.id).cte(recursive=True)
    return select(start.union_all(select(User.id).join(start, User.id != start.c.id)).c.id)


NARROWED: dict[str, Callable[[Neighbour], Any]] = {
    "a select of rows": lambda _: select(User),
    "a select of columns": lambda _: select(User.id, User.tenant_id),
    "a select of theirs by id": lambda them: select(User.id).where(User.id == them.user),
    "an alias": lambda _: select(Alias.id),
    "a join": lambda _: select(User.id).select_from(Group).join(User, true()),
    "a join of an alias": lambda _: select(Alias.id).select_from(Tenant).join(Alias, Alias.tenant_id == Tenant.id),
    "an outer join": lambda _: select(User.id).select_from(Tenant).outerjoin(User, User.tenant_id == Tenant.id),
    "two in one from": lambda _: select(User.id, Group.id).where(User.id != Group.id),
    "a subquery": lambda _: select(select(User.id).subquery().c.id),
    "a class on a subquery": lambda _: select(aliased(User, select(User).subquery()).id),
    "a common table": lambda _: select(select(User.id).cte().c.id),
    "a recursive common table": recursive,
    "a union": lambda _: union_all(select(User.id), select(Group.id)),
    "a scalar subquery": lambda them: select(select(func.max(User.id)).where(User.id == them.user).scalar_subquery()),
    "tenants by their users": lambda _: select(Tenant.id).where(Tenant.id.in_(select(User.tenant_id))),
    "tenants that have users": lambda _: select(Tenant.id).where(exists().where(User.tenant_id == Tenant.id)),
    "a bundle": lambda _: select(Bundle("both", User.id, User.tenant_id)),
    "a lambda": lambda _: lambda_stmt(lambda: select(User.id)),
}

REFUSED: dict[str, Callable[[Neighbour], Any]] = {
    "a bare table": lambda _: select(USERS),
    "a bare column": lambda _: select(USERS.c.id),
    "a bare alias": lambda _: select(USERS.alias().c.id),
    "a count of a bare table": lambda _: select(func.count()).select_from(USERS),
    "something for each row of a bare table": lambda _: select(literal(1)).select_from(USERS),
    "a join of a bare table": lambda _: select(Tenant.id).join(USERS, true()),
    "a join of a bare alias": lambda _: select(Tenant.id).join(USERS.alias(), true()),
    "a subquery on a bare table": lambda _: select(Tenant.id).where(Tenant.id.in_(select(USERS.c.tenant_id))),
    "whether a bare table has rows": lambda _: select(Tenant.id).where(exists().select_from(USERS)),
    "a table known by name alone": lambda _: select(literal_column("id")).select_from(table("users")),
    "SQL text": lambda _: text("SELECT id FROM users"),
    "SQL text for a table": lambda _: select(text("id")).select_from(text("users")),
    "SQL text in a condition": lambda _: select(Tenant.id).where(text("1 = 1")),
    "a column of SQL text": lambda _: select(literal_column("(SELECT max(id) FROM users)")),
    "rows of SQL text": lambda _: select(User).from_statement(text("SELECT * FROM users")),
    "rows of a bare table": lambda _: select(User).from_statement(select(USERS)),
}


@pytest.mark.parametrize("ask", NARROWED.values(), ids=NARROWED)
async def test_nothing_of_another_tenant_comes_back_from(
    ask: Callable[[Neighbour], Any], transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    async with transactions.open(ours.reach, writes=False) as transaction:
        found = (await transaction.session.execute(ask(theirs))).all()
        seen = repr([vars(cell) if isinstance(cell, User) else cell for row in found for cell in row])
    assert theirs.user not in seen
    assert theirs.group not in seen
    assert theirs.id not in seen


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_narrowed_is_refused(
    ask: Callable[[Neighbour], Any], transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    asked = ask(theirs)
    for _ in ("the first time", "and when it is known"):
        with pytest.raises(NotNarrowable):
            async with transactions.open(ours.reach, writes=False) as transaction:
                await transaction.session.execute(asked)


async def test_counts_are_of_ones_own(transactions: Transactions, ours: Neighbour, theirs: Neighbour) -> None:
    async with transactions.open(ours.reach, writes=False) as transaction:
        session = transaction.session
        assert await session.scalar(select(func.count()).select_from(User)) == 1
        assert await session.scalar(select(func.count(Group.id))) == 1
        assert await session.scalar(select(exists(select(User.id).where(User.id == theirs.user)))) is False


async def test_an_id_of_another_tenant_finds_nothing(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    async with transactions.open(ours.reach) as transaction:
        session = transaction.session
        assert await session.get(User, theirs.user) is None
        assert await session.get(User, theirs.user, populate_existing=True) is None
        assert await session.get(User, theirs.user, with_for_update=True) is None
        with pytest.raises(Exception, match="No row"):
            await session.get_one(User, theirs.user)


async def test_a_row_that_is_already_here_is_not_handed_to_a_narrower_session(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        session = transaction.session
        held = await session.get(User, theirs.user)
        session.info["reach"] = ours.reach
        assert held is not None
        assert await session.get(User, theirs.user) is None
        assert (await session.scalars(select(User))).all() != [held]


async def test_two_tenants_in_turn_each_see_their_own(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    """The narrowing is compiled once and must not keep the first tenant it saw."""
    for one in (ours, theirs, ours):
        async with transactions.open(one.reach, writes=False) as transaction:
            assert (await transaction.session.scalars(select(User.id))).all() == [one.user]


async def test_a_statement_that_is_made_once_is_narrowed_for_each(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    once = select(User.id)
    for one in (ours, theirs, ours):
        async with transactions.open(one.reach, writes=False) as transaction:
            assert (await transaction.session.scalars(once)).all() == [one.user]


async def test_a_reach_of_no_tenants_sees_nothing(transactions: Transactions, ours: Neighbour) -> None:
    async with transactions.open(Reach.several(frozenset()), writes=False) as transaction:
        assert (await transaction.session.scalars(select(User.id))).all() == []


async def test_a_reach_of_several_sees_those_alone(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    async with transactions.open(Reach.several(frozenset({ours.id, theirs.id})), writes=False) as transaction:
        assert set(await transaction.session.scalars(select(User.id))) == {ours.user, theirs.user}
