"""A lane's own connection: each answer is as of its own moment, and a connection that died is replaced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.db.base import ACCESS
from app.db.engine import Database
from app.db.epochs import bump, read_epochs
from app.db.reader import Reader
from tests.world.beside_the_loop import beside_the_loop
from tests.world.platform import Running

SCOPE = ACCESS.format(tenant="of a reader")


@pytest.fixture
def database(running: Running) -> Database:
    return running.platform.database


@pytest.fixture
def reader(database: Database) -> Iterator[Reader]:
    made = Reader(database.lanes)
    yield made
    made.close()


def number(reader: Reader) -> int:
    return reader.read(lambda connection: read_epochs(connection, [SCOPE])[SCOPE])


def change(database: Database) -> None:
    with database.lanes.begin() as connection:
        bump(connection, [SCOPE])


@beside_the_loop
def test_every_reading_sees_all_that_was_done_before_it_even_without_a_rest(database: Database, reader: Reader) -> None:
    before = number(reader)
    for turn in range(1, 4):
        change(database)
        assert number(reader) == before + turn


@beside_the_loop
def test_one_reading_sees_one_moment(database: Database, reader: Reader) -> None:
    def twice(connection: object) -> tuple[int, int]:
        first = read_epochs(connection, [SCOPE])[SCOPE]  # type: ignore[arg-type] # it is a connection
        change(database)
        return first, read_epochs(connection, [SCOPE])[SCOPE]  # type: ignore[arg-type] # as above

    first, second = reader.read(twice)
    assert first == second


@beside_the_loop
def test_it_only_reads(reader: Reader) -> None:
    dialect = reader.read(lambda connection: connection.dialect.name)
    if dialect == "sqlite":
        pytest.skip("SQLite's reader and writer are one kind of connection")
    with pytest.raises(OperationalError):
        reader.read(lambda connection: bump(connection, [SCOPE]))


@beside_the_loop
def test_a_connection_that_died_is_opened_again_within_the_same_question(database: Database, reader: Reader) -> None:
    before = number(reader)
    reader.read(lambda connection: connection.connection.dbapi_connection.close())  # type: ignore[union-attr] # open
    change(database)
    assert number(reader) == before + 1


@beside_the_loop
def test_a_question_that_is_wrong_fails_and_the_next_is_answered(reader: Reader) -> None:
    for _ in range(2):
        with pytest.raises(Exception, match=r"no such table|doesn't exist"):
            reader.read(lambda connection: connection.execute(text("SELECT 1 FROM not_there")))
        assert number(reader) >= 0


@beside_the_loop
def test_a_connection_in_the_middle_of_reading_is_closed_without_a_complaint(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader(database.lanes)
    number(reader)
    reader.close()
    assert not [one for one in caplog.records if one.name.startswith("sqlalchemy")]  # others may complain meanwhile
