"""Questions about lists give what SQLAlchemy's own lists give, whatever their length."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    bindparam,
    create_engine,
    insert,
    select,
)

from app.db.asking import Asking
from app.db.base import MARIADB
from app.db.engine import Database
from app.db.types import Id, Money, UtcTime
from tests.world.beside_the_loop import beside_the_loop

_TABLE = Table("numbers", MetaData(), Column("number", Integer, primary_key=True), Column("kind", Integer))
_ASKED = Asking(
    lambda among: select(_TABLE.c.number).where(among(_TABLE.c.number, "numbers"), among(_TABLE.c.kind, "kinds"))
)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = create_engine(f"sqlite:///{tmp_path}/numbers.db")
    _TABLE.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(insert(_TABLE), [{"number": number, "kind": number % 3} for number in range(3000)])
    return made


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1023, 1024, 1025])
def test_a_list_of_any_length_finds_exactly_its_own(engine: Engine, size: int) -> None:
    with engine.connect() as connection:
        found = _ASKED.put(connection, numbers=range(0, 2 * size, 2), kinds={0, 1}).scalars().all()
    engine.dispose()
    assert set(found) == {number for number in range(0, 2 * size, 2) if number % 3 != 2}


_ON_MARIADB: dict[str, Any] = dict(MARIADB)
_THINGS: Table = Table(
    "things_of_every_kind",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("said", JSON),
    Column("yes", Boolean),
    Column("at", UtcTime),
    Column("cost", Money),
    **_ON_MARIADB,
)
_ROWS: list[dict[str, Any]] = [
    {
        "id": f"t{n}",
        "said": {"a": [n, "é"]},
        "yes": n > 2,
        "at": datetime(2026, 1, 1 + n, tzinfo=UTC),
        "cost": Decimal(),
    }
    for n in range(5)
]
_ROWS.append({"id": "t5", "said": None, "yes": None, "at": None, "cost": None})
_KIND = Asking(
    lambda among: select(_THINGS).where(
        among(_THINGS.c.id, "ids"), _THINGS.c.id != bindparam("not_this"), _THINGS.c.id.like("t%")
    )
)


@pytest.fixture
def on(database: Database) -> Iterator[Connection]:
    _THINGS.metadata.create_all(database.lanes)
    with database.lanes.begin() as connection:
        connection.execute(insert(_THINGS), _ROWS)
    with database.lanes.connect() as connection:
        yield connection
    _THINGS.metadata.drop_all(database.lanes)


@pytest.mark.parametrize("ids", [["t3"], ["t4", "t5", "t1"], [f"t{n}" for n in range(9)]])
@beside_the_loop
def test_a_statement_known_by_heart_gives_what_sqlalchemy_gives(on: Connection, ids: list[str]) -> None:
    for plain in ({"not_this": "t4"}, {"not_this": "t1"}):
        usual = _KIND.put(on, ids=ids, plain=plain).all()
        assert usual
        assert sorted(_KIND.rows(on, ids=ids, plain=plain), key=_id) == sorted(map(tuple, usual), key=_id)


def _id(row: tuple[Any, ...]) -> str:
    return str(row[0])
