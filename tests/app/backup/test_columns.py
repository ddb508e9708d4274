"""A value of any column is after a backup what it was before, in the database it goes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
    select,
)

from app.backup.columns import asked, heard, said, sort_of, written_as
from app.db.types import BigInt, Money, UtcTime

EVERY = Table(
    "every",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", Text),
    Column("whole", BigInt),
    Column("real", Double),
    Column("truth", Boolean),
    Column("time", UtcTime),
    Column("money", Money),
    Column("any", JSON),
    Column("some", JSON(none_as_null=True)),
)
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_json: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | _texts,
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "real": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "truth": st.none() | st.booleans(),
        "time": st.none() | st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zoned by the strategy
        "money": st.none() | st.integers(-(10**17), 10**17).map(lambda units: Decimal(units).scaleb(-12)),
        "any": _json,
        "some": _json,
    }
)


def carried(source: Engine, target: Engine) -> None:
    """Take the one table out of a database and put it into another, by way of lines."""
    sorts = {column.name: sort_of(column) for column in EVERY.columns}
    with source.connect() as connection:
        rows = connection.execute(select(*(asked(column, source.dialect.name) for column in EVERY.columns)))
        lines = [
            json.dumps([said(value, sort) for value, sort in zip(row, sorts.values(), strict=True)]) for row in rows
        ]
    light = Table("every", MetaData(), *(Column(name, written_as(sort)) for name, sort in sorts.items()))
    with target.begin() as connection:
        for line in lines:
            values = zip(json.loads(line), sorts.items(), strict=True)
            connection.execute(insert(light), {name: heard(value, sort) for value, (name, sort) in values})


def held(engine: Engine, *, raw: bool = False) -> list[Any]:
    with engine.connect() as connection:
        columns = [asked(column, engine.dialect.name) if raw else column for column in EVERY.columns]
        return [tuple(row) for row in connection.execute(select(*columns).order_by(EVERY.c.id))]


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_every_value_of_every_sort_comes_back_as_it_was(rows: list[dict[str, Any]]) -> None:
    source, target = create_engine("sqlite://"), create_engine("sqlite://")
    for engine in (source, target):
        EVERY.create(engine)
    with source.begin() as connection:
        connection.execute(insert(EVERY), rows)
    carried(source, target)
    assert held(target) == held(source)
    assert held(target, raw=True) == held(source, raw=True)  # JSON by the letter, and none told from null
    source.dispose()
    target.dispose()
