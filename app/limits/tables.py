"""Ground floor, limits: counts that may be lost."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.base import MARIADB


class Counters(DeclarativeBase):
    """Tables of counts that may be lost: apart from the others, so that SQLite can keep them in a file of their own."""

    metadata = MetaData()


class RateWindow(Counters):
    """How often one name was counted in one minute, and when last."""

    __tablename__ = "rate_windows"
    __table_args__ = MARIADB

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)
    # Seconds into the minute. Servers of the release before this one do not say it: then it is as if at its end.
    last: Mapped[float] = mapped_column(Double, server_default="60")
