"""Ground floor, limits: counts that may be lost."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.base import MARIADB


class Counters(DeclarativeBase):
    """Tables of counts that may be lost: apart from the others, so that SQLite can keep them in a file of their own."""

    metadata = MetaData()


class RateWindow(Counters):
    """How often one name was counted in one minute."""

    __tablename__ = "rate_windows"
    __table_args__ = MARIADB

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)
