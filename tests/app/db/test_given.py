"""Ids go into a statement as one value and rows come out as one: the same ids, and every row."""

from __future__ import annotations

import random
from typing import cast

import pytest
from sqlalchemy import Connection, Table, insert, select, text

from app.db.epochs import Epoch
from app.db.given import RowsLost, gathered, given, listed, read_gathered, rows_of
from tests.world.beside_the_loop import beside_the_loop
from tests.world.platform import Running, unique

_EPOCHS = cast("Table", Epoch.__table__)
_IDS = given("ids")
_FOUND = gathered(
    select(_EPOCHS.c.scope, _EPOCHS.c.number).select_from(_IDS.join(_EPOCHS, _EPOCHS.c.scope == _IDS.c.value))
)


def found(connection: Connection, ids: list[str]) -> dict[str, int]:
    return dict(read_gathered(connection, _FOUND, {"ids": listed(ids)}))


@pytest.mark.parametrize(
    "odd", ["Ada", "ADA", "adá", "ada ", " ada", 'a"d,a', "a\\da", "a'da", "a%da", "日本", "🦊", "", "x" * 64, "x" * 65]
)
@beside_the_loop
def test_an_id_means_itself_alone(running: Running, odd: str) -> None:
    with running.platform.database.lanes.connect() as connection:
        plain = unique("ada")
        names = [plain, plain.upper(), plain.replace("ada", odd)[:64]]
        rows = [{"scope": name, "number": place} for place, name in enumerate(dict.fromkeys(names))]
        connection.execute(insert(_EPOCHS), rows)
        for row in rows:
            assert found(connection, [str(row["scope"])]) == {row["scope"]: row["number"]}
        assert found(connection, [plain + " ", plain + "x" * 65, plain[:-1], "%", "\0"]) == {}
        connection.rollback()


@beside_the_loop
def test_any_number_of_ids_finds_exactly_theirs(running: Running) -> None:
    with running.platform.database.lanes.connect() as connection:
        mark = unique("many")
        rows = {f"{mark}{place}": random.randrange(2**40) for place in range(20_000)}
        connection.execute(insert(_EPOCHS), [{"scope": scope, "number": number} for scope, number in rows.items()])
        for size in (0, 1, 2, 1_000, 20_000):
            wanted = random.sample(list(rows), size)
            assert found(connection, wanted) == {scope: rows[scope] for scope in wanted}
        connection.rollback()


@beside_the_loop
def test_rows_that_were_cut_off_are_noticed(running: Running) -> None:
    for value in ('[2,[["a",1]]]', "[1,null]", None):
        with pytest.raises(RowsLost):
            rows_of(value)
    assert rows_of("[0,null]") == rows_of("[0,[]]") == []
    with running.platform.database.lanes.connect() as connection:
        if connection.dialect.name == "sqlite":
            return  # which never cuts
        connection.execute(insert(_EPOCHS), [{"scope": unique("cut"), "number": 1} for _ in range(9)])
        connection.execute(text("SET SESSION group_concat_max_len = 64"))
        every = gathered(select(_EPOCHS.c.scope, _EPOCHS.c.number))
        with pytest.raises((RowsLost, ValueError)):
            read_gathered(connection, every, {})
        connection.rollback()
        connection.invalidate()
