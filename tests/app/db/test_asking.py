"""Questions about lists give what SQLAlchemy's own lists give, whatever their length."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, insert, select

from app.db.asking import Asking

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
