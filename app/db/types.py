"""Ground floor, db: column types that mean the same on SQLite and MariaDB."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String, Text, types
from sqlalchemy.dialects import mysql

Id = String(64)
Slug = String(190)
Name = String(255)
LongText = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
BigInt = BigInteger().with_variant(Integer(), "sqlite")

MONEY_PLACES = 12  # a price per million tokens with six places, divided by a million, is exact


class UtcTime(types.TypeDecorator[datetime]):
    """A moment in UTC to the microsecond; naive values are refused on the way in."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """Ask MariaDB for microseconds, which it drops by default."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store the UTC wall clock."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must know its zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Money(types.TypeDecorator[Decimal]):
    """An exact amount of money: a wide decimal in MariaDB, a whole number of 10^-12 in SQLite."""

    impl = Numeric(38, MONEY_PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """SQLite has no decimals, only floats, which lose cents; whole numbers do not."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Integer())
        return dialect.type_descriptor(Numeric(38, MONEY_PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Scale for SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return int(value.scaleb(MONEY_PLACES).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Scale back."""
        if value is None:
            return None
        return Decimal(value).scaleb(-MONEY_PLACES) if dialect.name == "sqlite" else Decimal(value)
