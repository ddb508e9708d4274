"""Roof, backup: values of columns as every database means them, and as a line of JSON says them.

JSON is carried as the text it is kept as: what was reckoned from it (a chain of events, a fingerprint) stays true.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    Float,
    Integer,
    LargeBinary,
    Text,
    cast,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from app.db.types import Money, UtcTime


class Sort(StrEnum):
    """What a column holds, whatever a database calls it."""

    TEXT = "text"
    WHOLE = "whole"
    REAL = "real"
    TRUTH = "truth"
    TIME = "time"
    MONEY = "money"
    JSON = "json"


_SORTS: tuple[tuple[type[TypeEngine[Any]] | tuple[type[TypeEngine[Any]], ...], Sort], ...] = (
    (UtcTime, Sort.TIME),
    (Money, Sort.MONEY),
    (JSON, Sort.JSON),
    (Boolean, Sort.TRUTH),
    ((Integer, BigInteger), Sort.WHOLE),
    (Float, Sort.REAL),
)
_WRITTEN_AS: Mapping[Sort, Callable[[], TypeEngine[Any]]] = {
    Sort.TEXT: Text,
    Sort.WHOLE: BigInteger,
    Sort.REAL: Double,
    Sort.TRUTH: Boolean,
    Sort.TIME: UtcTime,
    Sort.MONEY: Money,
    Sort.JSON: Text,
}


def sort_of(column: Column[Any]) -> Sort:
    """What a column of ours holds."""
    if isinstance(column.type, LargeBinary):
        raise TypeError(f"{column}: bytes belong to the blob store")
    return next((sort for kinds, sort in _SORTS if isinstance(column.type, kinds)), Sort.TEXT)


def asked(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """How a column is read, so that nothing of its value is lost."""
    sort = sort_of(column)
    if sort is Sort.JSON:
        return type_coerce(column, Text()).label(column.name)
    if sort is Sort.REAL and dialect != "sqlite":
        return cast(column, Double()).label(column.name)  # MariaDB says six digits of a FLOAT
    return column


def written_as(sort: Sort) -> TypeEngine[Any]:
    """The type by which a value is written."""
    return _WRITTEN_AS[sort]()


def said(value: Any, sort: Sort) -> Any:
    """A value as JSON has it."""
    if value is None:
        return None
    if sort is Sort.TIME:
        return value.isoformat()
    if sort is Sort.MONEY:
        return str(value)
    if sort is Sort.JSON and not isinstance(value, str):
        return json.dumps(value)  # SQLite keeps a JSON number as a number
    return value


def heard(value: Any, sort: Sort) -> Any:
    """The value that was said; ValueError or TypeError if it is none of its sort."""
    if value is None:
        return None
    made = _HEARD[sort](value)
    if sort is Sort.TIME and made.tzinfo is None:
        raise ValueError("a time without its zone")
    return made


def _only(*kinds: type[Any]) -> Callable[[Any], Any]:
    def same(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"no {kinds[0].__name__}")
        return value

    return same


def _json_text(value: Any) -> str:
    json.loads(value)
    return str(value)


_HEARD: Mapping[Sort, Callable[[Any], Any]] = {
    Sort.TEXT: _only(str),
    Sort.WHOLE: _only(int),
    Sort.REAL: _only(float, int),
    Sort.TRUTH: _only(bool),
    Sort.TIME: datetime.fromisoformat,
    Sort.MONEY: Decimal,
    Sort.JSON: _json_text,
}
