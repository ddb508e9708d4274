"""Changes that arrive together are made together; what one of them does wrong undoes none of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event, select

from app.clock import SystemClock
from app.db.engine import Database
from app.db.epochs import Epoch, bump
from app.db.writer import Writer, Writing
from app.ids import new_id


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    made = Writer(database.lanes, SystemClock())
    yield made
    made.close()


def bumped(scope: str) -> Callable[[Writing], str]:
    """A change that can be seen."""

    def change(writing: Writing) -> str:
        bump(writing.on, [scope])
        return scope

    return change


def held(database: Database, scopes: list[str]) -> dict[str, int]:
    wanted = select(Epoch.scope, Epoch.number).where(Epoch.scope.in_(scopes))
    with database.lanes.execution_options(writes=False).connect() as connection:
        return {scope: number for scope, number in connection.execute(wanted)}  # noqa: C416 - rows are no pairs to mypy


async def test_changes_that_arrive_together_are_one_transaction(database: Database, writer: Writer) -> None:
    commits: list[object] = []
    noted = commits.append
    event.listen(database.lanes, "commit", noted)
    scopes = [new_id("scp") for _ in range(12)]
    try:
        assert await asyncio.gather(*(writer.write(bumped(scope)) for scope in scopes)) == scopes
    finally:
        event.remove(database.lanes, "commit", noted)
    assert len(commits) == 2  # the first, and all that came while it was made
    assert held(database, scopes) == dict.fromkeys(scopes, 1)


async def test_a_change_that_raises_is_undone_alone(database: Database, writer: Writer) -> None:
    scopes = [new_id("scp") for _ in range(5)]

    def refused(writing: Writing) -> None:
        bump(writing.on, [scopes[2]])
        raise LookupError("lost")

    changes = [refused if scope == scopes[2] else bumped(scope) for scope in scopes]
    answers = await asyncio.gather(*map(writer.write, changes), return_exceptions=True)
    assert isinstance(answers[2], LookupError)
    assert held(database, scopes) == {scope: 1 for scope in scopes if scope != scopes[2]}
